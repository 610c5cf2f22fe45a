"""With what a package is sealed: the level that was asked for, or the highest that can be had now, said aloud.

A time-stamp authority that cannot be reached must not stop the evidence of today from being signed today. So what it
cannot give is left out, and the sentence that says so goes onto the report's face, into the manifest and into the
row. What is wrong with the configuration itself is an error and stays one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from asn1crypto import crl, x509
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathBuildingError, PathError, ValidationError

from evidence import revocation
from evidence.core import archive
from evidence.core.archive import Built, Draft
from evidence.core.contents import PackageInput
from evidence.core.levels import Level, Sealing, level_of
from evidence.core.pdf import Rendered
from evidence.core.signing import SigningKey, UnusableKey, display_name
from evidence.revocation import NoRevocation
from evidence.timestamps import Authority, NoTimestamp
from seal_advisor.core.record import Record, replace

# It warns with every signature that nothing is fetched: the issuers were asked before, by `revocation`.
logging.getLogger("pyhanko.sign.signers.pdf_signer").setLevel(logging.ERROR)

NO_TIME = "Signed without a time-stamp: {why}. The time of signing is only what the signer's machine says."
NO_LONG_TERM = "Signed without what its certificates are judged by in later years: {why}."


class Plan(Record):
    """What was configured. authority: from B-T on. anchors: from B-LT on, of signer and authority. lists: revocation
    lists at hand; for what they do not cover, the issuers are asked.
    """

    level: Level = Level.B_B
    authority: Authority | None = None
    anchors: tuple[x509.Certificate, ...] = ()
    lists: tuple[crl.CertificateList, ...] = ()


class Means(Record):
    """What is at hand for one package now."""

    sealing: Sealing
    timestamper: Authority | None = None
    validation: ValidationContext | None = None


def means(plan: Plan, key: SigningKey) -> Means:
    """Asks the authority and the issuers. Raises UnusableKey for certificates that the anchors do not vouch for."""
    if not plan.level.stamped or plan.authority is None:
        return Means(Sealing(Level.B_B, plan.level))
    try:
        stampers = plan.authority.probe()
    except NoTimestamp as error:
        return without_time(plan, error)
    if not plan.level.long_term:
        return Means(Sealing(Level.B_T, plan.level), plan.authority)
    known = (key.certificate, *key.chain, *stampers)
    try:
        found = revocation.gather(known, anchors=plan.anchors, lists=plan.lists, now=datetime.now(UTC))
    except NoRevocation as error:
        lacking = NO_LONG_TERM.format(why=error)
        return Means(Sealing(Level.B_T, plan.level, lacking), plan.authority)
    _demand_path(key.certificate, found, set())
    _demand_path(stampers[0], found, {"time_stamping"})
    return Means(Sealing(plan.level, plan.level), plan.authority, found)


def without_time(plan: Plan, error: NoTimestamp) -> Means:
    return Means(Sealing(Level.B_B, plan.level, NO_TIME.format(why=error)))


def _demand_path(certificate: x509.Certificate, found: ValidationContext, purposes: set[str]) -> None:
    """Now, before a report is rendered, rather than when it is signed."""
    try:
        checked = CertificateValidator(certificate, validation_context=found)
        asyncio.run(checked.async_validate_usage(set(), purposes, extended_optional=not purposes))
    except (PathBuildingError, PathError, ValidationError) as error:
        why = " ".join(str(error).split())
        raise UnusableKey(f"{display_name(certificate.subject)} does not lead to an anchor in date: {why}") from error


def build(
    package: PackageInput,
    key: SigningKey,
    plan: Plan,
    *,
    render: Callable[[Draft], Rendered],
    enter: Callable[[PackageInput], PackageInput] = lambda package: package,
    signing: Callable[[], None] = lambda: None,
) -> tuple[PackageInput, Built]:
    """Draft, render, seal; once more without time where the authority answers a probe but not the signature.

    enter: gives the package its place in the ledger, once it is known how it will be sealed. signing: is called before
    the signature. Raises UnusableKey, and whatever `render` and `archive` raise.
    """
    at_hand = means(plan, key)
    while True:
        entered = enter(replace(package, sealing=at_hand.sealing))
        drafted = archive.draft(entered, key)
        rendered = render(drafted)
        signing()
        try:
            built = archive.seal(drafted, rendered, key, timestamper=at_hand.timestamper, validation=at_hand.validation)
        except NoTimestamp as error:
            at_hand = without_time(plan, error)
            continue
        return entered, built


def plan_of(
    level: str,
    *,
    tsa: str = "",
    trust: Sequence[x509.Certificate] = (),
    lists: Sequence[crl.CertificateList] = (),
    seconds: float = 15,
    attempts: int = 3,
) -> Plan:
    """The plan that a configuration describes; level "" means the highest for which the rest is given.

    Raises ValueError in words that name what is missing, without the names that an option or a setting has.
    """
    highest = Level.B_B if not tsa else Level.B_LT if trust else Level.B_T
    wanted = level_of(level) if level else highest
    if wanted.stamped and not tsa:
        raise ValueError(f"level {wanted} needs a time-stamp authority")
    if wanted.long_term and not trust:
        raise ValueError(f"level {wanted} needs the anchors of signer and authority")
    authority = Authority(tsa, seconds=seconds, attempts=attempts) if tsa else None
    return Plan(wanted, authority, tuple(trust), tuple(lists))
