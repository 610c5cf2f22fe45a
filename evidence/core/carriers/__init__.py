"""A server's configuration inside something else: a Kubernetes manifest, Helm values, a folder of files.

`yaml_tree` reads YAML within limits, `embedded` finds the configuration in it, `join` puts files together as the server
does. Lines are those of the outer file, so that a finding points at what a person has in hand.
"""
