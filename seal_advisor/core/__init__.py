"""The decision, as pure functions: no Django, no input or output, no clock."""
