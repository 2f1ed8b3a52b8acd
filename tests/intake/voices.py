"""A voice message as WhatsApp has them: Ogg with Opus, of silence. Made here, so that nobody's voice is in a test.

Ogg pages after RFC 3533, Opus in Ogg after RFC 7845; a packet of silence is RFC 6716's own comfort frame.
"""

import struct

_SILENCE = b"\xf8\xff\xfe"
_SAMPLES = 960


def _checksum(page: bytes) -> int:
    value = 0
    for each in page:
        value ^= each << 24
        for _ in range(8):
            value = (value << 1) ^ (0x04C11DB7 if value & 0x80000000 else 0)
            value &= 0xFFFFFFFF
    return value


def _page(packets: list[bytes], number: int, position: int, flags: int) -> bytes:
    lengths = bytes(len(each) for each in packets)
    head = struct.pack("<4sBBqIIIB", b"OggS", 0, flags, position, 1, number, 0, len(lengths))
    page = head + lengths + b"".join(packets)
    return page[:22] + struct.pack("<I", _checksum(page)) + page[26:]


def voice(seconds: float = 1.0) -> bytes:
    """So many seconds of silence."""
    head = struct.pack("<8sBBHIhB", b"OpusHead", 1, 1, 0, 48000, 0, 0)
    tags = struct.pack("<8sI5sI", b"OpusTags", 5, b"rukun", 0)
    count = int(seconds * 50)
    sound = _page([_SILENCE] * count, 2, count * _SAMPLES, 4)
    return _page([head], 0, 0, 2) + _page([tags], 1, 0, 0) + sound
