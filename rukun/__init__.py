"""The one command: `rukun serve`, `rukun up`, `rukun demo` and the tools of an operator."""
