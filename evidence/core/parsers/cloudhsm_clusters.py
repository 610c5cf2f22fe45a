"""`aws cloudhsmv2 describe-clusters`: clusters with their HSMs, zones, mode.

SOURCE: https://docs.aws.amazon.com/cloudhsm/latest/APIReference/API_Cluster.html and API_Hsm.html
"""

from __future__ import annotations

from evidence.core import json_text
from evidence.core.facts import Declared
from evidence.core.facts.hsm_members import HsmMember, HsmMembersFacts
from evidence.core.key_log import Json, inner, text
from evidence.core.sniff import is_json, top_keys

KIND = HsmMembersFacts.KIND
TITLE = "AWS CloudHSM clusters"
FORM = "json"


def matches(head: str) -> bool:
    return is_json(head) and "Clusters" in top_keys(head) and ('"ClusterId"' in head or '"Clusters": []' in head)


def parse(text_: str, declared: Declared) -> HsmMembersFacts:
    document = json_text.load(text_)
    listed = inner(document, "Clusters")
    clusters = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    live = [each for each in clusters if text(each, "State") not in ("DELETED", "DELETE_IN_PROGRESS")]
    if len(live) != 1:
        why = f"{len(live)} clusters are listed; name the one: --filters clusterIds=CLUSTER"
        return HsmMembersFacts("aws_cloudhsm", "", (), inconclusive=why)
    return _cluster(live[0], paged=bool(inner(document, "NextToken")))


def _cluster(cluster: Json, *, paged: bool) -> HsmMembersFacts:
    hsms, mode = inner(cluster, "Hsms"), text(cluster, "Mode")
    days = text(cluster, "BackupRetentionPolicy", "Value") or ""
    return HsmMembersFacts(
        vendor="aws_cloudhsm",
        cluster=text(cluster, "ClusterId") or "",
        members=tuple(_member(each) for each in hsms if isinstance(each, dict)) if isinstance(hsms, list) else (),
        model=text(cluster, "HsmType"),
        fips=mode == "FIPS" if mode else None,
        backup_days=int(days) if days.isdigit() and len(days) < 6 else None,
        inconclusive="the listing breaks off: there are more clusters" if paged else "",
    )


def _member(hsm: Json) -> HsmMember:
    state = text(hsm, "State") or ""
    return HsmMember(text(hsm, "HsmId") or "", text(hsm, "AvailabilityZone"), state == "ACTIVE", state)
