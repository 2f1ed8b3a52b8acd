"""Who of an office is on duty, in turns, and how they hand over."""
