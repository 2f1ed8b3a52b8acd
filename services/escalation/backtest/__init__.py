"""What the early warning would have said, and how often it was right: on any file of events, or on the own log."""
