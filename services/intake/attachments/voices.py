"""Voices: what a phone records for a message stays as it is."""


def voice_type(content: bytes) -> str | None:
    """The media type of a recording, by its first bytes; None for what is none, whatever the sender calls it. Only
    what phones record for a message: other files bear titles, devices and places of those who recorded them."""
    if content.startswith(b"OggS") and b"OpusHead" in content[:200]:
        return "audio/ogg"
    return "audio/amr" if content.startswith(b"#!AMR") else None
