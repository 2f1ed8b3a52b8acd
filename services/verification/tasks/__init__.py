"""What offices have set themselves to do for a case, and notes among officials."""
