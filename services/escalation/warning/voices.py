"""Several reports of one voice (a sender on a place and day) count once."""


class Voices:
    """How many reports of each voice hold, in whole numbers: the order in which they come and go changes nothing."""

    def __init__(self) -> None:
        self._numbers: dict[int, int] = {}

    def add(self, voice: int | None, number: int) -> int:
        """By how much the count of voices changes; without a voice each report is one of its own."""
        if voice is None:
            return number
        before = self._numbers.get(voice, 0)
        after = before + number
        if after:
            self._numbers[voice] = after
        else:
            self._numbers.pop(voice, None)
        return (after > 0) - (before > 0)
