"""Reads a picture from standard input and writes it anew: upright, small, without EXIF. Ends by its own limits."""

import resource
import sys
from io import BytesIO

from PIL import Image, ImageOps

from services.intake.attachments.workers import TOO_LARGE, UNREADABLE

_LONGEST_SIDE = 1600
_MOST_PIXELS = {"JPEG": 100_000_000, "PNG": 20_000_000, "WEBP": 6_000_000}
"""A JPEG is read at a fraction of its size; a PNG has to be decoded whole, a WebP takes several times that."""
_MEMORY = 400 * 1024 * 1024
"""Address space, of which the interpreter and its libraries take most: at most 150 MB are ever resident."""
_CPU_SECONDS = 10


def main() -> int:
    """The exit status: 0, or what is wrong with the picture."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    Image.MAX_IMAGE_PIXELS = None  # our own limit is below
    try:
        return _write_anew(sys.stdin.buffer.read())
    except MemoryError:
        return TOO_LARGE
    except Exception:  # noqa: BLE001 - a broken picture breaks its reader in many ways; the answer is the same
        return UNREADABLE


def _write_anew(content: bytes) -> int:
    with Image.open(BytesIO(content), formats=list(_MOST_PIXELS)) as picture:
        if picture.width * picture.height > _MOST_PIXELS.get(str(picture.format), _MOST_PIXELS["JPEG"]):
            return TOO_LARGE
        turned = picture.getexif().get(_ORIENTATION)
        picture.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))  # before anything copies it; a JPEG is decoded smaller
        picture.getexif()[_ORIENTATION] = turned or 1
        upright = ImageOps.exif_transpose(picture).convert("RGB")
    upright.info.clear()  # comments and profiles travel there
    upright.save(sys.stdout.buffer, "JPEG", quality=80)
    return 0


_ORIENTATION = 0x0112

if __name__ == "__main__":
    sys.exit(main())
