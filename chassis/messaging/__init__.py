"""Outbox → relay → Kafka → consumer → inbox: events leave with the change that caused them and are processed once."""
