"""Parts of a file, as players ask for them: without parts some phones play no video at all (RFC 9110, 14)."""

import re

from starlette.responses import Response

_ASKED = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


def answer(content: bytes, media_type: str, asked: str | None) -> Response:
    """The whole file, or the one part that was asked for; 416 where it has no such part. What is asked in any other
    way is answered with the whole."""
    headers = {"X-Content-Type-Options": "nosniff", "Accept-Ranges": "bytes"}
    found = _ASKED.fullmatch((asked or "").strip())
    if found is None or found[0] == "bytes=-":
        return Response(content, media_type=media_type, headers=headers)
    first, last = _bounds(found[1], found[2], len(content))
    if first > last:
        return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{len(content)}"})
    part = {**headers, "Content-Range": f"bytes {first}-{last}/{len(content)}"}
    return Response(content[first : last + 1], 206, part, media_type)


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    if not first:  # so many of the last
        return max(size - int(last), 0), size - 1
    return int(first), min(int(last), size - 1) if last else size - 1
