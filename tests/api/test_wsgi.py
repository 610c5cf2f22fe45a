"""What gunicorn serves: a refusal reaches its sender, and the connection lives on."""

from __future__ import annotations

from io import BytesIO
from wsgiref.util import setup_testing_defaults

import pytest

from seal_advisor.wsgi import application


@pytest.mark.django_db
def test_the_rest_of_a_refused_body_is_read_away() -> None:
    body = BytesIO(b'{"a": "' + b"x" * 2_000_000 + b'"}')
    environ: dict[str, object] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/api/v1/decisions/",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body.getvalue())),
        "HTTP_HOST": "localhost",
        "wsgi.input": body,
    }
    setup_testing_defaults(environ)
    said: list[str] = []
    answer = b"".join(application(environ, lambda status, headers: said.append(status)))
    assert (said, b"too-large" in answer, body.read()) == (["413 Request Entity Too Large"], True, b"")
