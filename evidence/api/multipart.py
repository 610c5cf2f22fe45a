"""Multipart bodies whose file names are taken as they were sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.http.multipartparser import MultiPartParser as DjangoParser
from django.http.multipartparser import MultiPartParserError
from rest_framework.parsers import DataAndFiles, MultiPartParser

from seal_advisor.api.problems import Problem


class _AsSent(DjangoParser):
    """Django quietly makes `x` of `../../x`. A name that is no plain file name is refused instead: it is an attack or
    a mistake, and an artefact under another name than the sender's would be neither's.
    """

    def sanitize_file_name(self, file_name: str) -> str:
        plain = super().sanitize_file_name(file_name)
        if plain != file_name:
            raise Problem(
                422,
                "refused",
                f"the file name {file_name[:80]!a} is no plain file name; name the file without any folder",
                [{"field": "file", "detail": "no plain file name", "remedy": "name the file without any folder"}],
            )
        return plain


class NamedFilesParser(MultiPartParser):
    """`multipart/form-data`; 400 for what is not, 422 for a file name with a folder in it."""

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> DataAndFiles:
        request = (parser_context or {})["request"]
        meta = {**request.META, "CONTENT_TYPE": media_type}
        try:
            parser = _AsSent(meta, stream, request._request.upload_handlers, settings.DEFAULT_CHARSET)
            data, files = parser.parse()
        except MultiPartParserError as error:
            raise Problem(400, "not_multipart", f"the body is no multipart form: {error}") from error
        return DataAndFiles(data, files)
