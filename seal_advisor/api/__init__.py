"""The HTTP API of this package, one file per resource."""
