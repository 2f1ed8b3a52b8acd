"""Videos: an MP4 as phones make it keeps its pictures and its sound, and nothing else of who made it where and when.

The boxes of ISO/IEC 14496-12: what may name people, places and devices is overwritten where it stands, so that no
offset of the rest changes. Pure.
"""

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from chassis.language import _
from chassis.problems import Problem

VIDEO_TYPE = "video/mp4"
_PARENTS = {b"moov", b"trak", b"mdia", b"moof", b"traf"}
_TIMED = {b"mvhd", b"tkhd", b"mdhd"}
"""They begin with when the video was made and changed."""
_KEPT = {b"ftyp", b"styp", b"mdat", b"sidx", b"mfra"}
"""Of the outermost boxes, beside the parents: whatever else an application leaves there says more than it shows."""
_SAYING = {b"udta", b"meta", b"uuid", b"free", b"skip"}
"""Places, devices, titles."""
_SEEN_OR_HEARD = {b"vide", b"soun"}
"""Other tracks write along where the phone was, second by second."""
_DEEPEST, _MOST_BOXES, _MOST_TRACKS = 6, 10_000, 50


class _Box(NamedTuple):
    kind: bytes
    named: int
    """Where its four letters stand."""
    start: int
    end: int


def clean(content: bytes) -> bytes:
    """The video without what it says beside pictures and sound; 422 for what is none."""
    outermost = list(_boxes(content, 0, len(content)))
    if not outermost or outermost[0].kind != b"ftyp" or b"moov" not in [each.kind for each in outermost]:
        raise _unreadable()
    made = bytearray(content)
    for each in outermost:
        if each.kind not in _PARENTS | _KEPT:
            _blank(made, each)
    parents = (each for each in outermost if each.kind in _PARENTS)
    # One budget for all of them, walked once: whoever nests boxes in boxes spends it, and not our time.
    inner = list(islice((box for each in parents for box in _all_in(content, each, 1)), _MOST_BOXES + 1))
    if len(inner) > _MOST_BOXES or sum(each.kind == b"trak" for each in inner) > _MOST_TRACKS:
        raise _unreadable()
    for each in inner:
        _silence(made, content, each, inner)
    return bytes(made)


def _silence(made: bytearray, content: bytes, box: _Box, inner: list[_Box]) -> None:
    if box.kind in _SAYING or (box.kind == b"trak" and _handler(content, box, inner) not in _SEEN_OR_HEARD):
        _blank(made, box)
    elif box.kind in _TIMED and box.end > box.start:
        # Version, three flags, then two moments: of eight bytes each since version 1, of four before.
        end = min(box.start + (20 if made[box.start] == 1 else 12), box.end)
        made[box.start + 4 : end] = bytes(max(end - box.start - 4, 0))


def _handler(content: bytes, track: _Box, inner: list[_Box]) -> bytes:
    """What a track is for; its own samples lie among those of the others and are not played any more."""
    named = (each.start for each in inner if each.kind == b"hdlr" and track.start <= each.start < track.end)
    at = next(named, None)
    return b"" if at is None else content[at + 8 : at + 12]


def _blank(made: bytearray, box: _Box) -> None:
    made[box.named : box.named + 4] = b"free"
    made[box.start : box.end] = bytes(box.end - box.start)


def _all_in(content: bytes, parent: _Box, depth: int) -> Iterator[_Box]:
    for each in _boxes(content, parent.start, parent.end):
        yield each
        if each.kind in _PARENTS and depth < _DEEPEST:
            yield from _all_in(content, each, depth + 1)


def _boxes(content: bytes, at: int, end: int) -> Iterator[_Box]:
    """The boxes side by side. What cannot be walked to its end cannot be cleaned: it is refused, as is a crowd of boxes
    that no phone makes."""
    for count in range(_MOST_BOXES + 1):
        if at + 8 > end:
            return
        size, head = int.from_bytes(content[at : at + 4]), 8
        if size == 1:  # the size follows in eight bytes
            size, head = max(int.from_bytes(content[at + 8 : at + 16]), 1), 16
        stop = end if size == 0 else at + size
        if (size != 0 and size < head) or stop > end or count == _MOST_BOXES:
            raise _unreadable()
        yield _Box(content[at + 4 : at + 8], at + 4, at + head, stop)
        at = stop


def _unreadable() -> Problem:
    return Problem("video-unreadable", 422, _("Video tidak terbaca"), _("Kirim video MP4 seperti yang dibuat ponsel."))
