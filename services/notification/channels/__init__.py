"""The ways to an official."""
