"""Documents of a case for the file and the signature: made as PDF, numbered, and checked by their code."""
