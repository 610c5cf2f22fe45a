"""The doctor: tries a node's seal as the server would, and writes down what it saw as evidence.

command (evidence/commands/doctor.py) -> wanted (configuration and environment: what the server would use)
  -> pin (where the PIN comes from, and its file) -> hsm (the steps, in order) -> children (each step a process of its
  own) -> probe (inside it: cryptoki, operations) -> checks (what it means) -> report (one JSON document, or text).

A vendor's library is code that we do not know: it is loaded in child processes only, which may crash or hang without
harm. The PIN goes to a child over its standard input, never by argument or environment, and comes back from none.
"""
