"""The ministry's own words that services share: roles and what they may do, offices, navigation, the look of pages."""
