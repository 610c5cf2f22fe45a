"""Evidence: files in, secrets out, facts, verdicts against the decision, a signed package."""
