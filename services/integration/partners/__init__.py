"""Partners: their tokens, their subscriptions, and what was sent to them."""
