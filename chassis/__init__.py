"""What every service stands on. Nothing of the domain: that is in `contracts/` and in the services."""
