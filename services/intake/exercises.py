"""Exercises: made-up reports of one place, marked as such from the first word, that take the way of real ones.

They make cases, levels and alerts of their own; statistics and the situation keep them apart, partners get nothing of
them, and every message of theirs says LATIHAN.
"""

from dataclasses import dataclass
from datetime import datetime

from chassis.clock import new_id
from chassis.identity import Person
from chassis.language import N_
from contracts.regions import ancestry
from contracts.vocabulary import Act, Category, Channel, Provenance, ReporterKind
from kemenag.permissions import Action, require
from services.intake.commands import Sender, accept_report
from services.intake.model import Reporter, ReportForm, digest_of
from services.intake.store import Store


@dataclass(frozen=True)
class Scenario:
    """What is played."""

    name: str
    """For people."""
    leads_to: str
    category: Category
    reports: tuple[tuple[str, Act], ...]
    """What each of the made-up reporters says and saw."""


SCENARIOS: dict[str, Scenario] = {
    "spanduk": Scenario(
        N_("Spanduk penolakan"),
        N_("menguji kotak masuk"),
        Category.RUMAH_IBADAT,
        (
            ("LATIHAN: spanduk menolak rumah ibadat dipasang di Jalan Latihan.", Act.SPANDUK_PENOLAKAN),
            ("LATIHAN: di Jalan Latihan ada spanduk penolakan rumah ibadat.", Act.SPANDUK_PENOLAKAN),
        ),
    ),
    "massa": Scenario(
        N_("Massa berkumpul dan mengancam"),
        N_("menguji permintaan memeriksa, sampai ke telepon"),
        Category.RUMAH_IBADAT,
        (
            ("LATIHAN: massa berkumpul di depan rumah ibadat di Jalan Latihan.", Act.MASSA_BERKUMPUL),
            ("LATIHAN: massa di Jalan Latihan mengancam jemaat rumah ibadat.", Act.ANCAMAN),
            ("LATIHAN: kerumunan di depan rumah ibadat Jalan Latihan bertambah.", Act.MASSA_BERKUMPUL),
        ),
    ),
    "perusakan": Scenario(
        N_("Perusakan pada malam hari"),
        N_("menguji panggilan Siaga lewat semua saluran; Awas bila ditegaskan"),
        Category.KEKERASAN_PENGUSIRAN,
        (
            ("LATIHAN: kaca rumah ibadat di Jalan Latihan dipecah massa.", Act.PERUSAKAN),
            ("LATIHAN: massa merusak pagar rumah ibadat di Jalan Latihan.", Act.PERUSAKAN),
            ("LATIHAN: ada yang terluka di depan rumah ibadat Jalan Latihan.", Act.KORBAN_LUKA),
        ),
    ),
}


async def begin(store: Store, key: bytes, person: Person, scenario: str, region: str, at: datetime) -> list[str]:
    """Play a scenario at a place; the tickets of its reports. Each made-up reporter counts as a person of their own."""
    require(person, Action.RUN_EXERCISE, ancestry(region))
    played, id = SCENARIOS[scenario], new_id()
    tickets = []
    for n, (words, act) in enumerate(played.reports):
        form = ReportForm(
            region=region,
            categories=[played.category],
            acts=[act],
            narrative=words,
            reporter=Reporter(kind=ReporterKind.CITIZEN),
            occurred_at=at,
            ongoing=True,
            exercise=True,
        )
        by = Sender(
            channel=Channel.API,
            digest=digest_of(f"{id}:{n}".encode()),
            idempotency=f"exercise:{id}:{n}",
            sender=f"exercise:{id}:{n}",
            provenance=Provenance.PERSON,
        )
        tickets.append((await accept_report(store, key, form, by, at)).ticket)
    return tickets
