"""Whether the ways to an official lead to them: a message is sent, and they say that it came."""
