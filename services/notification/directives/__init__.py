"""Directives from above, and how far each office has come with them."""
