"""Uploads that survive a broken line (tus 1.0): in pieces, encrypted under a key that only the sender's URL holds."""
