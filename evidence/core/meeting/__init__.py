"""A review meeting as values: its agenda, its votes, what makes a sign-off lapse, and its minutes."""
