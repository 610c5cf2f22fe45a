"""What people state about a design: certificates that they read, attestations, waivers, what does not apply."""

_ENTERED = ("id", "design_id", "entered_by_id", "entered_by_label", "entered_at")
# Table -> the columns that the database keeps as they were entered (migration 0007); no row can be deleted.
FIXED = {
    "evidence_modulecertificate": (
        *_ENTERED, "module", "number", "standard", "level", "status", "checked_on", "checked_by", "source",
    ),
    "evidence_attestation": (*_ENTERED, "control", "statement", "by", "on", "expires", "reference"),
    "evidence_waiver": (*_ENTERED, "control", "reason", "owner_id", "expires"),
    "evidence_exclusion": (*_ENTERED, "control", "reason", "by", "on"),
}  # fmt: skip
# The same of what is stated for all designs of an organisation (migration 0015).
FIXED_SHARED = {
    "evidence_sharedcertificate": (
        "id", "organisation_id", "entered_by_id", "entered_by_label", "entered_at", "seal",
        "module", "number", "standard", "level", "status", "checked_on", "checked_by", "source",
    ),
}  # fmt: skip
