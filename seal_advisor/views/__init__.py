"""The pages about a design. A view asks access for the row, a service for the deed, a context for the words."""
