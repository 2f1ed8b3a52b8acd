"""One message, read once: emergency first, then intent, place and acts."""

import math
from dataclasses import dataclass

from contracts.gazetteer import Found, find_place
from services.intake.understanding.emergencies import is_emergency
from services.intake.understanding.intents import EMERGENCY, NONE, probabilities

_ANSWER = 1.2
"""By how much (natural logarithm of the ratio) an intent must be likelier than `none` to be answered."""
_ASK = -0.7
"""From here on up to `_ANSWER` the person is asked what they mean."""
_OFFERED = 3


@dataclass(frozen=True)
class Reading:
    """What a message means, as far as can be told."""

    emergency: bool
    intent: str | None
    """The intent that is answered; None where nothing is, or where the person must be asked first."""
    offered: tuple[str, ...]
    """Intents to offer where it is not clear, the likeliest first."""
    place: Found


def read(text: str) -> Reading:
    """What a message means."""
    shares = probabilities(text)
    place = find_place(text)
    if is_emergency(text, shares[EMERGENCY]):
        return Reading(True, EMERGENCY, (), place)
    none = shares[NONE]
    likeliest = sorted((each for each in shares if each not in (NONE, EMERGENCY)), key=lambda each: -shares[each])
    margin = math.log(max(shares[likeliest[0]], 1e-12) / max(none, 1e-12))
    if margin >= _ANSWER:
        return Reading(False, likeliest[0], (), place)
    if margin >= _ASK:
        return Reading(False, None, tuple(likeliest[:_OFFERED]), place)
    return Reading(False, None, (), place)
