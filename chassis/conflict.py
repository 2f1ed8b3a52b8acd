"""The one error of optimistic writing, apart so that store and web may both know it."""


class Conflict(Exception):
    """Somebody else wrote the document in between; load it again and decide again."""
