"""A line that breaks looks like the end of the body to a server: half a file must not become evidence."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from rest_framework.test import APIClient

from evidence.models import Artefact, ResumableUpload
from evidence.resumable import services
from seal_advisor.models import Design
from tests.api.test_uploads import TUS, begin, send

pytestmark = pytest.mark.django_db
LOG = b'{"time":"2026-11-24T10:00:00Z","type":"request","request":{"id":"1"}}\n' * 200


def told(client: APIClient, method: str, address: str, body: bytes, announced: int, kind: str, **more: str) -> Any:
    """The answer to a request that announces more than comes."""
    cut: dict[str, Any] = {"CONTENT_LENGTH": str(announced), "wsgi.input": BytesIO(body), **more}
    answer = client.generic(method, address, body, content_type=kind, **cut)
    assert answer["Content-Type"] == "application/problem+json", answer.content
    return answer


@pytest.mark.parametrize("body", [LOG, b""], ids=["half", "nothing"])
@pytest.mark.parametrize("key", [{}, {"HTTP_IDEMPOTENCY_KEY": "once"}], ids=["plain", "under a key"])
def test_half_a_raw_file_is_no_evidence(api: APIClient, design: Design, body: bytes, key: dict[str, str]) -> None:
    address = f"/api/v1/designs/{design.pk}/evidence/raw/?name=audit.log"
    answer = told(api, "PUT", address, body, 2 * len(LOG), "application/octet-stream", **key)
    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (400, "/api/v1/docs/#problem-broken-off"), problem
    assert "send it again" in problem["detail"]
    assert not Artefact.objects.exists()
    whole = api.put(address, LOG * 2, content_type="application/octet-stream", **key)
    assert whole.status_code == 201, whole.content


def test_half_a_form_is_no_evidence(api: APIClient, design: Design) -> None:
    head = b'--zz\r\nContent-Disposition: form-data; name="file"; filename="audit.log"\r\n\r\n'
    address = f"/api/v1/designs/{design.pk}/evidence/"
    for size in (100, len(LOG)):
        answer = told(api, "POST", address, head + LOG[:size], 10**5, "multipart/form-data; boundary=zz")
        assert answer.status_code in {400, 422}, answer.content
    assert not Artefact.objects.exists()


def test_of_half_a_piece_what_came_is_kept_and_the_sender_hears_of_it(api: APIClient, design: Design) -> None:
    where = begin(api, design, 100)["Location"]
    more = {"HTTP_UPLOAD_OFFSET": "0", "HTTP_TUS_RESUMABLE": "1.0.0"}
    answer = told(api, "PATCH", where, b"x" * 40, 100, "application/offset+octet-stream", **more)
    assert (answer.status_code, "HEAD" in answer.json()["detail"]) == (400, True)
    assert api.head(where, headers=TUS)["Upload-Offset"] == "40"


def test_a_piece_whose_place_was_taken_meanwhile_is_not_appended(
    api: APIClient, design: Design, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two senders of the same piece: the second looked before the first had written, and came in after it."""
    where = begin(api, design, 100)["Location"]
    known, raced = services._check_place, []

    def first_the_other(upload: ResumableUpload, at: int) -> None:
        known(upload, at)
        if not raced:
            raced.append(True)
            assert send(api, where, 0, b"x" * 40).status_code == 204

    monkeypatch.setattr(services, "_check_place", first_the_other)
    assert send(api, where, 0, b"x" * 40).status_code == 409
    assert api.head(where, headers=TUS)["Upload-Offset"] == "40"
