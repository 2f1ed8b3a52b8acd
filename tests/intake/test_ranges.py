"""Parts of a file, as players ask for them."""

import pytest

from services.intake.attachments.ranges import answer

_CONTENT = bytes(range(100))


@pytest.mark.parametrize(
    ("asked", "status", "part", "named"),
    [
        (None, 200, _CONTENT, None),
        ("bytes=0-", 206, _CONTENT, "bytes 0-99/100"),
        ("bytes=0-1", 206, _CONTENT[:2], "bytes 0-1/100"),
        ("bytes=90-200", 206, _CONTENT[90:], "bytes 90-99/100"),
        ("bytes=-10", 206, _CONTENT[90:], "bytes 90-99/100"),
        ("bytes=-500", 206, _CONTENT, "bytes 0-99/100"),
        ("bytes=100-", 416, b"", "bytes */100"),
        ("bytes=-0", 416, b"", "bytes */100"),
        ("bytes=9-3", 416, b"", "bytes */100"),
        ("bytes=0-1,5-6", 200, _CONTENT, None),
        ("bytes=-", 200, _CONTENT, None),
        ("lines=1-2", 200, _CONTENT, None),
        ("bytes=²-", 200, _CONTENT, None),
    ],
)
def test_part_that_is_asked_for_is_answered(asked: str | None, status: int, part: bytes, named: str | None) -> None:
    given = answer(_CONTENT, "video/mp4", asked)
    assert (given.status_code, given.body, given.headers.get("content-range")) == (status, part, named)
    assert given.headers["accept-ranges"] == "bytes"
