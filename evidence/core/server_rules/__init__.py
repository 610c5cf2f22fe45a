"""What the servers themselves say about a configuration: unknown keys, wrong types, refused combinations."""
