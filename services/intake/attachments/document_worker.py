"""Reads a PDF from standard input and writes pictures of its pages as another one. Ends by its own limits."""

import resource
import sys
from collections.abc import Iterator
from io import BytesIO

import pypdfium2
from PIL import Image

from services.intake.attachments.workers import TOO_LARGE, UNREADABLE

MOST_PAGES = 10
_LONGEST_SIDE = 1400
_MEMORY = 500 * 1024 * 1024
"""Address space, of which the interpreter and its libraries take most."""
_CPU_SECONDS = 15


def main() -> int:
    """The exit status: 0, or what is wrong with the document."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    try:
        pages = _pages(sys.stdin.buffer.read())
        first = next(pages)
        made = BytesIO()
        first.save(made, "PDF", save_all=True, append_images=pages, quality=70, producer="", creator="")
    except MemoryError:
        return TOO_LARGE
    except Exception:  # noqa: BLE001 - a broken document breaks its reader in many ways; the answer is the same
        return UNREADABLE
    sys.stdout.buffer.write(made.getvalue())
    return 0


def _pages(content: bytes) -> Iterator[Image.Image]:
    with pypdfium2.PdfDocument(content) as document:
        document.init_forms()  # what was filled in is drawn as well
        for number in range(min(len(document), MOST_PAGES)):
            page = document[number]
            # A page may say that it is a kilometre wide: it is drawn as large as any other.
            picture = page.render(scale=_LONGEST_SIDE / max(page.get_size())).to_pil().convert("RGB")
            page.close()
            yield picture


if __name__ == "__main__":
    sys.exit(main())
