"""The ministry's own words that services share: roles and what they may do, offices, navigation, the look of pages."""

from pathlib import Path

LOCALE = Path(__file__).parent / "locale"
"""Translations of all texts of the house, a file a language."""
