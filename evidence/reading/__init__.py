"""Evidence is read in a process of its own, with limits: whatever a file does to its reader, it does not do to us.

The road: `parent.intake_apart` takes a warm child from its pool and gives it the bytes over a socket as it asks for
them (`frames`); the child (`child`, in `confinement`) answers with redacted bytes and, at the end, typed facts
(`evidence.core.typed_json`). A child that dies, hangs, eats memory or talks nonsense is one `Refused`.
"""
