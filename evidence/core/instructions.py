"""VERIFY.md: how anybody checks a package with sha256sum, openssl and pdfsig only."""

from __future__ import annotations

TEXT = """# How to verify this package

Unpack it and run the commands in the unpacked folder, with bash. They need `sha256sum` (coreutils), `openssl` and
`pdfsig` (poppler-utils), and no network. Where they and this text disagree, believe the package to be altered.

## 1. Every file is the one that was listed

```bash
sha256sum --check --strict --quiet SHA256SUMS
```

prints nothing and ends with 0. `SHA256SUMS` itself is a member of `manifest.json`; this finds its digest there:

```bash
grep --quiet --fixed-strings "$(sha256sum SHA256SUMS | cut -d ' ' -f 1)" manifest.json
```

## 2. The list is the one that was signed

The report's first and last page print the SHA-256 of `manifest.json`, and the report is signed. It must equal the
output of

```bash
sha256sum manifest.json
```

## 3. The report is whole and signed

```bash
pdfsig report.pdf
```

must say `Signature is Valid` and `Total document signed`, for exactly one signature. Its exit code is no verdict:
read the words. "Certificate issuer is unknown" only says that this machine does not anchor the signer.

What pdfsig cannot show: that an appended revision replaced a page or an attachment (then `Total document signed` is
missing), that a signature was taken out (then there are none), or who the signer is (step 4).

## 4. The signer is the one you expect

```bash
openssl x509 -in certs/signer.pem -noout -subject -issuer -dates -fingerprint -sha256
```

The fingerprint must be the one that the signer gave you by other means: not from this package, which a forger would
have signed with a key of his own. With the certificate authority's file CA.pem: `openssl verify -CAfile CA.pem
-untrusted certs/chain.pem certs/signer.pem` (without `-untrusted` where there is no chain.pem).

## 5. The ledger's head was signed by the same key

```bash
openssl dgst -sha256 -verify <(openssl x509 -in certs/signer.pem -noout -pubkey) \\
  -signature ledger/tree-head.sig ledger/tree-head.json
```

says `Verified OK`. Size and root in `ledger/tree-head.json` are those of `manifest.json` ("ledger"). Each member's
proof leads from its entry to that root (RFC 6962); a proof is many hashes long, so `seal-advisor verify` is the tool
to check them all.

## With the program itself

`seal-advisor verify package.zip --trust CA.pem --fingerprint SHA256` does all of this, and also demands that the
archive is laid out exactly as it was written, so that it reports any changed byte.
"""
