"""How far two reports tell of one event: by which house, whose, where, when, and what happened."""
