"""The proof, as pure functions: no Django, no clock; bytes come in, facts and verdicts go out."""
