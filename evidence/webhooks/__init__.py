"""Webhooks: other systems are told what happened to a design, signed, again until they have heard, never inwards."""
