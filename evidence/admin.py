"""Rows to look at: evidence, jobs, packages, ledger. Nothing is changed here."""

from __future__ import annotations

from django.contrib import admin

from evidence.models import Artefact, Job, LedgerEntry, Package
from seal_advisor.admin import ReadOnlyAdmin


@admin.register(Artefact)
class ArtefactAdmin(ReadOnlyAdmin):
    list_display = ("name", "kind", "design", "received_at", "uploader_label")


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    list_display = ("kind", "design", "state", "step", "attempts", "created_at", "finished_at")


@admin.register(Package)
class PackageAdmin(ReadOnlyAdmin):
    list_display = ("design", "revision", "requested_by_label", "created_at")


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnlyAdmin):
    list_display = ("index", "kind", "design", "at")
