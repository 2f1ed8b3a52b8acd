"""Several reports of one voice count once."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from services.escalation.warning.voices import Voices


@given(st.lists(st.tuples(st.sampled_from([None, 1, 2, 3]), st.integers(1, 3)), max_size=30), st.randoms())
def test_as_many_are_counted_as_voices_hold(reports: list[tuple[int | None, int]], random: object) -> None:
    withdrawn = reports[::3]
    changes = [*reports, *((voice, -number) for voice, number in withdrawn)]
    random.shuffle(changes)  # type: ignore[attr-defined]
    voices, left = Voices(), Counter[int | None]()
    counted = sum(voices.add(voice, number) for voice, number in changes)
    for voice, number in changes:
        left[voice] += number
    assert counted == left[None] + sum(left[voice] > 0 for voice in (1, 2, 3))
