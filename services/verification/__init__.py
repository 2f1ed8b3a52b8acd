"""Verification: groups reports into cases and carries a case from the first look to its end."""
