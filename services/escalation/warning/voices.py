"""Who was heard: several reports of one voice count once."""


class Voices:
    """How many reports of each voice hold, in whole numbers: the order in which they come and go changes nothing."""

    def __init__(self) -> None:
        self._heard: dict[int, int] = {}

    def add(self, voice: int | None, number: int) -> int:
        """By how much the count of those heard changes; without a voice each report is one of its own."""
        if voice is None:
            return number
        before = self._heard.get(voice, 0)
        after = before + number
        if after:
            self._heard[voice] = after
        else:
            self._heard.pop(voice, None)
        return (after > 0) - (before > 0)
