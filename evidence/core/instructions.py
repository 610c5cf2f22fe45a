"""VERIFY.md: how anybody checks a package with sha256sum, openssl and pdfsig only, for each level of signature.

A package below B-LTA may be given archive time-stamps later, so from B-LT on the steps hold for any number of them.
"""

from __future__ import annotations

from evidence.core.levels import Level

FILES = """# How to verify this package

Unpack it and run the commands in the unpacked folder, with bash. They need `sha256sum`, `grep` and their like
(coreutils), `openssl` and `pdfsig` (poppler-utils), and no network. Where they and this text disagree, believe the
package to be altered.

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

"""

ONE_SIGNATURE = """must say `Signature is Valid` and `Total document signed`, for exactly one signature."""

MANY = """must say `Signature is Valid` for the first signature, and `Total document signed` for the last. {stamps}
`Not total document signed` is right for all but the last. pdfsig does not check archive time-stamps; step 7 does."""
STAMPED = "This package has {number}: signatures of the field ArchiveTimestamp1, 2 and so on, and no others."

AFTER = """ Its exit code is no
verdict: read the words. "Certificate issuer is unknown" only says that this machine does not anchor the signer.

That nothing stands behind the last signature, this says by ending with 0:

```bash
set -- $(grep --text --only-matching '/ByteRange *\\[[0-9 ]*\\]' report.pdf | tail -n 1 | tr -dc '0-9 ')
test $(($3 + $4)) = "$(wc -c < report.pdf)"
```

What pdfsig cannot show: that an appended revision replaced a page or an attachment (then `Total document signed` is
missing where it belongs), that a signature was taken out (then there are none), or who the signer is (step 4).

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
"""

NO_STAMP = """
## 6. The time

This report has no time-stamp (PAdES B-B): the time of signing is what the signer's machine said.
"""

STAMP = """
## 6. The time is an authority's, not the signer's

Get the time-stamp authority's root certificate from the authority itself and put it into this folder as `TSA.pem`.
These take the token out of the signature, and what it stamps, the signature's value:

```bash
pdfsig -dump report.pdf
openssl asn1parse -inform DER -in report.pdf.sig0 > structure.txt
value=$(grep --before-context 1 'd=5 .* cont \\[ 1 \\]' structure.txt | head -n 1 | cut -d : -f 1)
token=$(grep --after-context 2 id-smime-aa-timeStampToken structure.txt | tail -n 1 | cut -d : -f 1)
openssl asn1parse -inform DER -in report.pdf.sig0 -strparse "$value" -noout -out value.bin
openssl asn1parse -inform DER -in report.pdf.sig0 -strparse "$token" -noout -out token.der
```

```bash
openssl ts -verify -token_in -in token.der -data value.bin -CAfile TSA.pem
```

says `Verification: OK`, and this prints the time, as `Time stamp`:

```bash
openssl ts -reply -token_in -in token.der -token_out -text
```
"""

ARCHIVE = """
## 7. Archive time-stamps

Each is a signature of the authority over the whole report as it was then. {number} This checks all that are there,
oldest first, and says `Verification: OK` for each:

```bash
grep --text --only-matching '/ByteRange *\\[[0-9 ]*\\]' report.pdf | tail -n +2 | tr -dc '0-9 \\n' > ranges.txt
number=0
while read -r _ before after rest; do
  number=$((number + 1))
  {{ head -c "$before" report.pdf; head -c "$((after + rest))" report.pdf | tail -c "$rest"; }} > stamped.bin
  openssl ts -verify -token_in -in "report.pdf.sig$number" -data stamped.bin -CAfile TSA.pem
done < ranges.txt
```

The newest one must be in date; an older one that is not is proved by the next. Then openssl needs the moment of the
next one: `-attime` with seconds since 1970.
"""

END = """
## With the program itself

`seal-advisor verify package.zip --trust CA.pem --fingerprint SHA256` does all of this, and also demands that the
archive is laid out exactly as it was written, so that it reports any changed byte; and it decides and judges again
from the package's own rules, answers and evidence.
"""


def text(level: Level) -> str:
    """The instructions for a package that is signed at this level."""
    now = level is Level.B_LTA
    if level.long_term:
        many = STAMPED.format(number="one archive time-stamp or more" if now else "none of these, unless one was added")
        signatures = MANY.format(stamps=many)
        count = "There must be one at least." if now else "There may be none: they are added as long as this is kept."
        stamps = STAMP + ARCHIVE.format(number=count)
    else:
        signatures = ONE_SIGNATURE
        stamps = STAMP if level.stamped else NO_STAMP
    return FILES + signatures + AFTER + stamps + END
