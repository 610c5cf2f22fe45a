"""Seal Advisor: which seal should protect this Vault, why, and proof that what runs is what was decided."""

__version__ = "0.1.0"
