"""A video as phones make it, as far as its boxes go (ISO/IEC 14496-12). Made here: nobody's place is in a test."""

from collections.abc import Sequence

PLACE = b"+01.2345+102.3456/"
DEVICE = b"Ponsel Contoh 12"
MADE = (0xE5A1B2C3).to_bytes(4)
"""A moment, as the boxes bear it."""


def box(kind: bytes, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return (len(content) + 8).to_bytes(4) + kind + content


def long_box(kind: bytes, content: bytes) -> bytes:
    """With its size in eight bytes."""
    return (1).to_bytes(4) + kind + (len(content) + 16).to_bytes(8) + content


def timed(kind: bytes, version: int = 0) -> bytes:
    moment = MADE if version == 0 else bytes(4) + MADE
    return box(kind, bytes([version, 0, 0, 0]), moment, moment, b"REST" * 6)


def track(handler: bytes, version: int = 0) -> bytes:
    named = box(b"hdlr", bytes(8), handler, bytes(12), b"nama\0")
    return box(
        b"trak",
        timed(b"tkhd", version),
        box(b"mdia", timed(b"mdhd", version), named, box(b"minf", b"tabel " + handler)),
        box(b"udta", box(b"name", DEVICE)),
    )


def video(frames: bytes = b"gambar" * 200, handlers: Sequence[bytes] = (b"vide", b"soun"), version: int = 0) -> bytes:
    """A video that says where, when and with what it was made in every place that has room for it."""
    moov = box(
        b"moov",
        timed(b"mvhd", version),
        *[track(each, version) for each in handlers],
        box(b"udta", box(b"\xa9xyz", PLACE), box(b"meta", DEVICE)),
        box(b"meta", box(b"ilst", PLACE)),
    )
    rest = box(b"uuid", bytes(16), PLACE) + box(b"free", DEVICE) + box(b"xapp", DEVICE)
    return box(b"ftyp", b"isom", bytes(4), b"isommp42") + moov + rest + long_box(b"mdat", frames)
