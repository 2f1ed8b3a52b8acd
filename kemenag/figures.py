"""Chances, rates and shares as people write them, in the reader's language."""

from collections.abc import Mapping

from chassis.language import N_, Labels, _, decimal, ngettext, percent

_RARE_YEARS = 20
"""Beyond this nothing was measured."""
SHARE_LABELS: Labels[str] = Labels(
    {
        "base": N_("dari tingkat dasar wilayah"),
        "recent": N_("dari kejadian terakhir"),
        "around": N_("dari wilayah sekitar"),
        "nation": N_("dari keadaan nasional"),
    }
)
_SHARES = {
    "base": ("base",),
    "recent": ("week1", "weeks4", "weeks13"),
    "around": ("neighbours", "province"),
    "nation": ("nation",),
}


def rarity(tail: float) -> str:
    """How often chance alone gives a week with this tail probability."""
    years = 1 / (52 * tail)
    if years < 0.75:
        return _("beberapa kali setahun")
    if years >= _RARE_YEARS:
        return _("kurang dari sekali dalam {years} tahun").format(years=_RARE_YEARS)
    if years < 1.5:
        return _("sekali setahun")
    return _("sekali dalam {years} tahun").format(years=round(years))


def usual(per_week: float) -> str:
    """A weekly rate."""
    if per_week >= 0.75:
        count = round(per_week)
        return ngettext("{count} laporan seminggu", "{count} laporan seminggu", count).format(count=decimal(count))
    weeks = 1 / max(per_week, 1e-6)
    if weeks < 9:
        count = round(weeks)
        return ngettext("satu laporan dalam {count} minggu", "satu laporan dalam {count} minggu", count).format(
            count=count
        )
    months = round(weeks * 7 / 30.4)
    if months >= 23:
        return _("kurang dari satu laporan dalam dua tahun")
    return ngettext("satu laporan dalam {count} bulan", "satu laporan dalam {count} bulan", months).format(count=months)


def odds(chance: float) -> str:
    """A chance in whole percent; none is certain."""
    if chance < 0.01:
        return _("di bawah {percent}").format(percent=percent(0.01))
    return _("di atas {percent}").format(percent=percent(0.99)) if chance > 0.99 else percent(chance)


def shares(terms: Mapping[str, float]) -> list[tuple[str, float]]:
    """Where a forecast comes from: names and shares from 0 to 1, the largest first; they sum to 1."""
    found = {name: sum(terms.get(term, 0.0) for term in group) for name, group in _SHARES.items()}
    total = sum(found.values())
    named = [(SHARE_LABELS[name], amount / total) for name, amount in found.items() if amount > 0]
    return sorted(named, key=lambda each: -each[1])
