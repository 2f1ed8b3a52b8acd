"""Reading a case of another region in an emergency: with a reason, for hours, told to its office, and reviewed."""
