"""Lists by cursor: stable while rows are added, and as fast on the last page as on the first."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request


class NewestFirst(CursorPagination):
    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200
    ordering = ("-created_at", "id")
    invalid_cursor_message = "this cursor is none of this list; take `next` of the page before, or begin without one"

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        """Raises NotFound for whatever a cursor may hold that names no place: a text, a moment out of every range."""
        try:
            page: list[Any] | None = super().paginate_queryset(queryset, request, view)
        except (ValidationError, ValueError, OverflowError) as error:
            raise NotFound(self.invalid_cursor_message) from error
        return page


class NewestReceivedFirst(NewestFirst):
    ordering = ("-received_at", "id")
