"""When something happened, as a story or an answer tells it; shown to the reporter before it is sent."""

import re

from services.intake.understanding.normalise import letters

NOW, TODAY, EARLIER = "now", "today", "earlier"
_EARLIER = re.compile(
    r"\b(kemarin|kemaren|wingi|semalam|tadi malam|tadi malem|lusa|sejak lama|dahulu|dulu|yesterday|last (night|week)|"
    r"(minggu|bulan|tahun|pekan) (lalu|kemarin)|\d+ (hari|minggu|bulan|pekan) (yang )?lalu|"
    r"hari (senin|selasa|rabu|kamis|jumat|sabtu|minggu) (lalu|kemarin))\b"
)
_NOW = re.compile(
    r"\b(sekarang|saat ini|detik ini|barusan|right now|happening|(sedang|lagi|masih) (terjadi|berlangsung|berkumpul|"
    r"ribut|demo|orasi|berjaga|di lokasi|ramai|panas)|masih ada)\b"
)
_TODAY = re.compile(r"\b(hari ini|tadi|(pagi|siang|sore|malam) ini|today|this (morning|evening|afternoon))\b")


def time_of(text: str) -> str | None:
    """`now`, `today` or `earlier`, as the text tells; None where it tells none.

    What is over is looked for first: "tadi malam" is no "tadi", and a false "now" makes haste for nothing."""
    plain = letters(text)
    for words, when in ((_EARLIER, EARLIER), (_NOW, NOW), (_TODAY, TODAY)):
        if words.search(plain):
            return when
    return None
