"""Reads the texts of a document as JSON from standard input and writes it as PDF. Ends by its own limits.

A process of its own: its library takes 80 MB that verification need not hold, and whatever is in the texts can break
nothing but this one document."""

import resource
import sys
from pathlib import Path

_MEMORY = 600 * 1024 * 1024
"""Address space, of which the library's own file takes a sixth."""
_CPU_SECONDS = 20
TEMPLATE = Path(__file__).parent / "template.typ"


def main() -> int:
    """The exit status: 0, or 1 with what is wrong on standard error."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    import typst  # after the limits

    data = sys.stdin.buffer.read().decode()
    # The root is the template's folder: nothing outside it can be read, whatever a text says.
    made = typst.compile(TEMPLATE, root=TEMPLATE.parent, sys_inputs={"data": data}, ignore_system_fonts=True)
    sys.stdout.buffer.write(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
