"""An area as people see it: its level, its numbers, its sentence. Pure."""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime

from pydantic import AwareDatetime, BaseModel

from contracts.events import LevelChanged, Reason
from contracts.regions import ancestry, region
from contracts.vocabulary import LEVEL_LABELS, Level
from services.escalation.rounds import SMALL_CELL, Score

SHOWN_WEEKS = 26
NOTABLE = 1.8
"""From this s on a week is called a surge: chance alone gives one a year."""
_RARE_YEARS = 20
"""Beyond this nothing was measured."""
_STEPS = (5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 100_000)
"""Reports on religion are told between these: each new one could be read off the exact number."""
_GROUPS = {
    "dari tingkat dasar wilayah": ("base",),
    "dari kejadian terakhir": ("week1", "weeks4", "weeks13"),
    "dari wilayah sekitar": ("neighbours", "province"),
    "dari keadaan nasional": ("nation",),
}


class AreaScore(BaseModel):
    """A kabupaten or kota as it stands."""

    jurisdiction: tuple[str, ...]
    level: Level = Level.NORMAL
    previous: Level = Level.NORMAL
    changed_at: AwareDatetime | None = None
    score: Score | None = None
    weekly: list[int] = []
    chance_yesterday: float | None = None
    sentence: str = ""
    kecamatan: dict[str, int] = {}
    """Reports of the last 52 weeks by kecamatan; those of none under the area itself."""
    round: int = 0
    """The newest round that it has taken in."""
    updated_at: AwareDatetime


def begin(code: str, at: datetime) -> AreaScore:
    """An area that nothing is known of yet."""
    return AreaScore(jurisdiction=ancestry(code), updated_at=at)


def take_score(area: AreaScore, score: Score, weekly: list[int], kecamatan: dict[str, int], at: datetime) -> None:
    """Let an area stand where a round's score puts it."""
    if area.score is None or area.score.day < score.day:
        area.chance_yesterday = area.score.chance28 if area.score else None
    if area.level is not score.level:
        area.previous, area.changed_at = area.level, at
    area.level, area.score, area.updated_at = score.level, score, at
    area.weekly, area.kecamatan = weekly, kecamatan
    area.sentence = sentence(score)


def sentence(score: Score) -> str:
    """What an official reads."""
    name = region(score.area).name
    if not score.ready:
        short = f"Di {name} minggu ini ada {score.count} laporan. Catatan belum cukup panjang untuk menilai kewajaran."
        return short + _spoken(score)
    again = " lagi" if score.heard or score.count else ""
    said = f"Di {name} {_week(score)}; peluang ada laporan{again} dalam 28 hari {odds(score.chance28)}"
    return f"{said} ({_share_words(score)}).{_spoken(score)}"


def _week(score: Score) -> str:
    """What is usual, and what is now."""
    if not score.heard and not score.count:
        return "belum pernah ada laporan"
    before = f"biasanya ada {usual(score.expected)}" if score.heard else "belum pernah ada laporan sebelum minggu ini"
    now = f"ada {_number(score.count)}" if score.count else "tidak ada"
    return f"{before}; minggu ini {now}, {_surprise(score)}"


def _surprise(score: Score) -> str:
    if not score.judged:
        return "apakah itu luar biasa belum dapat dinilai"
    if score.score < NOTABLE:
        likely = " (tetapi peluangnya termasuk yang terbesar di negeri)" if score.found is Level.WASPADA else ""
        return f"tidak di luar kebiasaan{likely}"
    return f"lonjakan yang secara kebetulan hanya muncul {rarity(score.tail)}"


def rarity(tail: float) -> str:
    """How often chance alone gives as much, in words."""
    years = 1 / (52 * tail)
    if years < 0.75:
        return "beberapa kali setahun"
    if years >= _RARE_YEARS:
        return f"kurang dari sekali dalam {_RARE_YEARS} tahun"
    return "sekali setahun" if years < 1.5 else f"sekali dalam {years:.0f} tahun"


def usual(per_week: float) -> str:
    """A weekly rate as people say it."""
    if per_week >= 0.75:
        return f"{_number(round(per_week))} laporan seminggu"
    weeks = 1 / max(per_week, 1e-6)
    if weeks < 9:
        return f"satu laporan dalam {_number(round(weeks))} minggu"
    months = weeks * 7 / 30.4
    return f"satu laporan dalam {months:.0f} bulan" if months < 23 else "kurang dari satu laporan dalam dua tahun"


def parts(score: Score) -> list[tuple[str, float]]:
    """Where the forecast comes from: words and shares from 0 to 1, the largest first; they sum to 1."""
    found = [(words, sum(score.terms28[term] for term in terms)) for words, terms in _GROUPS.items()]
    total = sum(amount for _, amount in found)
    return sorted(((words, amount / total) for words, amount in found if amount > 0), key=lambda each: -each[1])


def _share_words(score: Score) -> str:
    return ", ".join(f"{_percent(share)} {words}" for words, share in parts(score) if share >= 0.005)


def _spoken(score: Score) -> str:
    word = score.standing.word
    if word is None or word.level is not score.level:
        return ""
    return f" {word.office} menetapkan tingkat {int(word.level)} {LEVEL_LABELS[word.level]}: {word.reason}"


def faith_words(scores: Iterable[Score]) -> str:
    """Reports on religion in a year; few are not told, nor can they be found by taking numbers from each other."""
    counts = [each.faith_year for each in scores]
    shown = sum(count for count in counts if count >= SMALL_CELL)
    hidden = any(0 < count < SMALL_CELL for count in counts)
    if not shown:
        return f"kurang dari {SMALL_CELL}" if hidden and len(counts) == 1 else "sedikit" if hidden else "tidak ada"
    step = bisect_right(_STEPS, shown)
    if hidden or step == len(_STEPS):
        return f"sekurangnya {_STEPS[step - 1]}"
    return f"{_STEPS[step - 1]} sampai {_STEPS[step] - 1}"


def faith_surge(score: Score) -> str:
    """Whether this week's reports on religion are unusual; of few nothing is told."""
    if score.faith_count < SMALL_CELL or score.faith_score < NOTABLE or not score.ready:
        return ""
    return f"; minggu ini melonjak, secara kebetulan hanya muncul {rarity(10**-score.faith_score)}"


_WORDS = ("nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan")


def _number(count: int) -> str:
    return _WORDS[count] if 0 < count < len(_WORDS) else str(count)


def odds(chance: float) -> str:
    """A chance in whole percent; none is certain."""
    if chance < 0.01:
        return "di bawah 1\u00a0%"
    return "di atas 99\u00a0%" if chance > 0.99 else _percent(chance)


def _percent(share: float) -> str:
    return f"{share * 100:.0f}\u00a0%"


def level_changed(score: Score, previous: Level, at: datetime) -> LevelChanged:
    """What the others hear of an area's level."""
    return LevelChanged(
        at=at,
        scope="area",
        scope_id=score.area,
        region=score.area,
        jurisdiction=ancestry(score.area),
        level=score.level,
        previous=previous,
        reasons=tuple(_reasons(score)),
        sentence=sentence(score),
        parameter_version=score.parameters,
        coverage=score.coverage,
    )


def _where(score: Score) -> str:
    return "biasanya" if score.heard else "di wilayah lain yang melapor"


def _reasons(score: Score) -> list[Reason]:
    reasons = [Reason(code="count", value=float(score.count), text=f"minggu ini {score.count} laporan")]
    if score.ready:
        reasons += _found(score)
    if score.standing.word is not None:
        word = score.standing.word
        reasons.append(Reason(code="officer", value=float(word.level), text=f"{word.office}: {word.reason}"))
    return reasons


def _found(score: Score) -> list[Reason]:
    reasons = [
        Reason(code="score", value=score.score, text=_surprise(score)),
        Reason(code="expected", value=score.expected, text=f"{_where(score)} {usual(score.expected)}"),
        Reason(code="chance7", value=score.chance7, text=f"peluang dalam 7 hari {odds(score.chance7)}"),
        Reason(code="chance28", value=score.chance28, text=f"peluang dalam 28 hari {odds(score.chance28)}"),
        Reason(
            code="chance28_two", value=score.chance28_two, text=f"peluang dua atau lebih {odds(score.chance28_two)}"
        ),
    ]
    reasons += [
        Reason(code=f"term:{term}", value=amount, text=f"{amount:.3f} kejadian dalam 28 hari")
        for term, amount in score.terms28.items()
    ]
    return reasons
