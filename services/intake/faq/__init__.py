"""Questions that the public asks, with reviewed answers."""
