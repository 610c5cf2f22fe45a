"""The one table of cipher suites."""

from __future__ import annotations

import pytest

from evidence.core.ciphers import by_name, name_of, table, verdict_of


@pytest.mark.parametrize(
    ("number", "strict", "legacy"),
    [
        (0x1301, "ok", "ok"),
        (0x1302, "ok", "ok"),
        (0x1303, "no", "no"),
        (0x1304, "ok", "ok"),
        (0xC02B, "ok", "ok"),
        (0xC030, "ok", "ok"),
        (0xC027, "legacy", "legacy"),
        (0xC013, "legacy", "legacy"),
        (0xC0AC, "ok", "ok"),
        (0x009E, "ok", "ok"),
        (0x00A2, "legacy", "legacy"),
        (0xC004, "legacy", "legacy"),
        (0x009C, "no", "legacy"),
        (0x002F, "no", "legacy"),
        (0x000A, "no", "no"),
        (0x0005, "no", "no"),
        (0xCCA8, "no", "no"),
        (0xFFFF, "no", "no"),
    ],
)
def test_the_verdict_of_sp_800_52r2(number: int, strict: str, legacy: str) -> None:
    assert (verdict_of(number), verdict_of(number, "fips_140_2_legacy")) == (strict, legacy)


def test_every_name_means_one_number() -> None:
    for cipher in table().values():
        assert {by_name(cipher.iana), by_name(cipher.openssl), by_name(cipher.nmap)} == {cipher}


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("TLS_AKE_WITH_AES_128_GCM_SHA256", 0x1301),
        ("ECDHE-RSA-AES256-GCM-SHA384", 0xC030),
        ("tls_rsa_with_3des_ede_cbc_sha", 0x000A),
        ("DES-CBC3-SHA", 0x000A),
        ("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305", 0xCCA8),
    ],
)
def test_names_of_different_tools(name: str, number: int) -> None:
    found = by_name(name)
    assert found is not None
    assert found.id == number


def test_an_unknown_name_is_none_and_an_unknown_number_is_shown_in_hex() -> None:
    assert by_name("TLS_MADE_UP") is None
    assert name_of(0xFFFE) == "0xFFFE"
