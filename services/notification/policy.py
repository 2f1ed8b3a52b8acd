"""Who is called at which level, who may take it, and what taking it promises. Pure: one table.

Sources: the ministry's structure of early warning (KMA 332/2023): the teams of kecamatan, kabupaten or kota, province
and centre, each with its head.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from contracts.vocabulary import Level, Rung

HEADS = frozenset({"kepala_kua", "kasi", "kabid", "nasional"})
"""Who may take an alert from Siaga upwards: never a penyuluh alone."""
FIELD = HEADS | {"penyuluh"}
"""Who is called: people of the offices on the way up. An operator of the system, for instance, is not."""
OPERATORS = frozenset({"admin"})
"""Who is called when nobody answered."""
LOOK = "look"
Key = Level | str


@dataclass(frozen=True)
class Policy:
    """The ladder of one level, or of requests to look."""

    rungs: tuple[Rung, ...]
    """Called at once."""
    every_channel: bool
    """By all channels, or by the inbox alone."""
    answer_within: timedelta
    """Then the next rung is called."""
    act_within: timedelta | None
    """What taking it promises: a first action. Half of it later the climb resumes; None where nothing is promised."""
    quorum: tuple[Rung, ...] = ()
    """Of each of these rungs somebody has to take it; empty where anybody's word is enough. One where nobody is, or
    where nobody answered in time, is filled from above."""
    by_duty: bool = False
    """Of an office that has a roster whoever is on duty is called first, and the others when they do not answer."""
    takers: frozenset[str] = HEADS
    top: Rung = Rung.PUSAT
    """The last rung that is called, unless nobody is there."""


Policies = Mapping[Key, Policy]


def policies(answer: Mapping[Key, timedelta], act: Mapping[Key, timedelta]) -> Policies:
    """The table, with its times: how long people have to answer, and until their first action."""
    here, above, province = Rung.KECAMATAN, Rung.KABUPATEN, Rung.PROVINSI
    return {
        LOOK: Policy((here,), True, answer[LOOK], act[LOOK], by_duty=True, takers=FIELD, top=above),
        Level.WASPADA: Policy((here,), False, answer[Level.WASPADA], None, takers=FIELD),
        Level.SIAGA: Policy((here, above), True, answer[Level.SIAGA], act[Level.SIAGA]),
        Level.AWAS: Policy((here, above, province), True, answer[Level.AWAS], act[Level.AWAS], quorum=(here, above)),
    }
