"""Cases that were referred to another office or organisation, and what came of it."""
