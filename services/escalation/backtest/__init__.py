"""What the early warning would have raised, and how often it was right: on any file of events, or on the own log."""
