"""A made-up country: reports of two years with the shape of real incidents (most areas none, few many, some surges)."""

import random
from datetime import datetime, timedelta

from contracts.events import ReportSubmitted
from contracts.examples import example
from contracts.regions import jurisdiction
from contracts.vocabulary import Category
from services.escalation.country import indonesia

WEEKS = 104
_MEAN_A_WEEK = 0.06
_SHAPE = 0.45
_SURGES = 30


def reports(until: datetime, seed: int = 7, weeks: int = WEEKS) -> list[ReportSubmitted]:
    """Reports up to a moment, oldest first; the same for the same seed."""
    draw, country = random.Random(seed), indonesia()
    base = example(ReportSubmitted)
    found = []
    for code, size, below in zip(country.areas.codes, country.areas.size, country.below, strict=True):
        rate = draw.gammavariate(_SHAPE, _MEAN_A_WEEK * min(float(size), 6) / _SHAPE)
        places = [country.kecamatan[row] for row in below] or [code]
        for ago in _moments(draw, rate, weeks):
            found.append(_report(base, draw, draw.choice(places), until - ago, len(found)))
    for _ in range(_SURGES):
        place, ago = (
            draw.choice(country.kecamatan),
            timedelta(days=draw.choice([0, 1, 2, 9, draw.random() * weeks * 7])),
        )
        for _ in range(draw.randint(3, 14)):
            found.append(_report(base, draw, place, until - ago - timedelta(hours=draw.random() * 60), len(found)))
    return sorted(found, key=lambda each: each.at)


def _moments(draw: random.Random, rate: float, weeks: int) -> list[timedelta]:
    """How long ago reports of a steady rate a week came."""
    found, at = [], draw.expovariate(rate) if rate > 1e-6 else weeks
    while at < weeks:
        found.append(timedelta(weeks=at))
        at += draw.expovariate(rate)
    return found


def _report(base: ReportSubmitted, draw: random.Random, place: str, at: datetime, number: int) -> ReportSubmitted:
    kind = draw.choice([Category.RUMAH_IBADAT, Category.INTERNAL_UMAT, Category.HOAKS_PROVOKASI, Category.LAINNYA])
    changes = {
        "report_id": f"synthetic-{number:07d}",
        "source": f"made-up-{draw.randrange(50)}",
        "at": at.replace(microsecond=0),
        "region": place,
        "jurisdiction": jurisdiction(place),
        "categories": (kind,),
        "narrative": "Laporan buatan untuk latihan.",
        "occurred_at": None,
        "exercise": False,
    }
    return base.model_copy(update=changes)
