"""Deliveries: one document a message, person and channel; sent once, however slow, dead or hostile others are."""
