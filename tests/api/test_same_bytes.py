"""The same bytes again are 200 and change nothing, whatever they are, however they come, under whatever name."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from evidence.models import Artefact, LedgerEntry
from seal_advisor.models import Design
from tests import factories

pytestmark = pytest.mark.django_db
LINES = (
    b"2026-11-24T10:00:00Z [INFO] core: vault is unsealed\n",
    b'{"time":"2026-11-24T10:00:00Z","type":"request","request":{"path":"sys/seal-status"}}\n',
    b"ui = true\n",
    b"# a remark\n",
    b"Seal Type pkcs11\n",
)
CONTENTS = st.lists(st.sampled_from(LINES), min_size=1, max_size=6).map(b"".join) | st.just(factories.VAULT_HCL)
# No name that claims a kind by itself: a log under the name of a configuration is refused for its name.
NAMES = st.sampled_from(("vault.txt", "audit.log", "status.txt", "x"))
WAYS = st.sampled_from(("form", "raw", "tus"))


def hand_in(api: APIClient, design: Design, way: str, name: str, content: bytes) -> tuple[int, str]:
    """(status as for a form, id of the artefact or "")."""
    address = f"/api/v1/designs/{design.pk}/"
    answer: Any
    if way == "form":
        answer = api.post(f"{address}evidence/", {"file": SimpleUploadedFile(name, content)}, format="multipart")
    elif way == "raw":
        answer = api.put(f"{address}evidence/raw/?name={name}", content, content_type="application/octet-stream")
    else:
        tus = {"Tus-Resumable": "1.0.0"}
        said = f"filename {base64.b64encode(name.encode()).decode()}"
        headers = {**tus, "Upload-Length": str(len(content)), "Upload-Metadata": said}
        where = api.post(f"{address}uploads/", headers=headers)["Location"]
        sent = api.patch(
            where, content, content_type="application/offset+octet-stream", headers={**tus, "Upload-Offset": "0"}
        )
        if sent.status_code != 204:
            return int(sent.status_code), ""
        told = api.get(where).json()
        return (201 if told["new"] else 200), str(told["artefact"])
    return int(answer.status_code), str(answer.json().get("id", ""))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=CONTENTS, first=NAMES, second=NAMES, way=WAYS, other=WAYS)
def test_the_same_bytes_again_are_200_and_change_nothing(
    api: APIClient, design: Design, content: bytes, first: str, second: str, way: str, other: str
) -> None:
    with transaction.atomic():
        status, artefact = hand_in(api, design, way, first, content)
        rows = (Artefact.objects.count(), LedgerEntry.objects.count(), Design.objects.get(pk=design.pk).version)
        again, same = hand_in(api, design, other, second, content)
        later = (Artefact.objects.count(), LedgerEntry.objects.count(), Design.objects.get(pk=design.pk).version)
        if status == 201:
            assert (again, same) == (200, artefact)
        else:  # what is no file of its kind under this name: refused, and nothing of it is kept
            assert status in (413, 415, 422)
        if again != 201:
            assert later == rows
        transaction.set_rollback(True)
