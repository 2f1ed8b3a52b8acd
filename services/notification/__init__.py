"""Notification: reaches the official who can calm it, and climbs until somebody answers."""
