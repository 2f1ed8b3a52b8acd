"""Escalation: how far has a case gone, and is an area about to escalate. Every level with its reasons."""
