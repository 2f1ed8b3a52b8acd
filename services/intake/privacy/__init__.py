"""How long personal data is retained, what is on hold, and breaches: the data protection officer's room."""
