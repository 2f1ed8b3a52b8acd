"""Marks by which a test finds its own report again."""

from chassis.clock import new_id

_LETTERS = str.maketrans("0123456789", "ghijklmnop")


def mark() -> str:
    """A word that no other story has. In letters: digits of an id can look like a number of somebody, and are masked."""
    return new_id().translate(_LETTERS)
