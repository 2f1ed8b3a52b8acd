"""Tells an office that somebody of its area asked something."""
