"""The ways into the house."""
