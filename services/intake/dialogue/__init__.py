"""The guided conversation that ends in a structured report."""
