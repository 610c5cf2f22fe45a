"""CI jobs that prove who they are: a job's identity token (OpenID Connect) becomes a token of ours for an hour."""
