"""Integration: lets partner systems follow cases, redacted, by webhook, feed and CAP."""
