"""The shell that every page stands in: one layout, one set of components, one style."""
