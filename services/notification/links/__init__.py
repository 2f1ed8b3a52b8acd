"""Answers to an alert without signing in: by the link, or the button, of a message that one official got."""
