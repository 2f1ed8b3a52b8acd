"""Reports from a file: understood and shown first, then stored in the background."""
