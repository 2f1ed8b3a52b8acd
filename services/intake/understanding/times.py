"""When something happened, as a story or an answer tells it; shown to the reporter before it is sent."""

import re

from services.intake.understanding.normalise import letters

NOW, TODAY, EARLIER = "now", "today", "earlier"
_EARLIER = re.compile(
    r"\b(kemarin|kemaren|kmrn|kmren|wingi|semalam|semalem|smlm|tadi mal[ae]m|malam tadi|td mal[ae]m|lusa|sejak lama|"
    r"dahulu|dulu|yesterday|last (night|week)|(minggu|bulan|tahun|pekan) (lalu|kemarin)|"
    r"\d+ (hari|minggu|bulan|pekan) (yang |yg )?lalu|"
    r"hari (senin|selasa|rabu|kamis|jumat|sabtu|minggu) (lalu|kemarin))\b"
)
_NOW = re.compile(
    r"\b(sekarang|skrg|skg|skr|saat ini|detik ini|barusan|right now|happening|"
    r"masih (ada|terjadi|berlangsung|berkumpul|ramai)|"
    r"(sedang|lagi) (terjadi|berlangsung|berkumpul|ribut|demo|orasi|berjaga|di lokasi|ramai|panas))\b"
)
_TODAY = re.compile(r"\b(hari ini|tadi|td|(pagi|siang|sore|malam) ini|today|this (morning|evening|afternoon))\b")
_CALM = re.compile(r"\b(sudah|udah|sdh) (aman|bubar|selesai|tenang|reda|padam|kondusif)\b")


def time_of(text: str) -> str | None:
    """`now`, `today` or `earlier`, as the text tells; None where it tells none.

    Of another time and of now what is told last counts: "kemarin mengancam, sekarang datang lagi" is now, and "tadi
    malam" is no "tadi". What is calm again is not now."""
    plain = letters(text)
    earlier = [each.end() for each in _EARLIER.finditer(plain)]
    if not _CALM.search(plain) and _NOW.search(plain, earlier[-1] if earlier else 0):
        return NOW
    if earlier:
        return EARLIER
    return TODAY if _TODAY.search(plain) or _CALM.search(plain) else None
