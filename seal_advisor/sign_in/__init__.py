"""How people come in: password, identity provider (OpenID Connect), second factor; what an organisation demands."""
