"""The verification page: the verdict in one sentence, then every check."""

from __future__ import annotations

from dataclasses import dataclass

from seal_advisor.views.words import Mark, Problem


@dataclass(frozen=True, slots=True)
class Check:
    title: str
    mark: Mark
    detail: str


@dataclass(frozen=True, slots=True)
class Report:
    name: str
    sentence: str
    mark: Mark
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class VerifyPage:
    report: Report | None = None
    problems: tuple[Problem, ...] = ()
