"""How pages look here: templates, style, filters for codes and times, navigation."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from chassis.identity import Person
from chassis.web.shell import Look
from contracts.regions import region, timezone_of
from contracts.vocabulary import LEVEL_LABELS, RUNG_LABELS, STAGE_LABELS, label
from kemenag.navigation import destinations
from kemenag.permissions import ROLE_LABELS, Action, may

_HERE = Path(__file__).parent
DELIVERY_STATES = {
    "queued": "sedang dikirim",
    "sent": "terkirim",
    "delivered": "sampai",
    "read": "dibaca",
    "failed": "gagal",
    "dropped": "dibatalkan",
}
REASONS = {
    "timeout": "tidak menjawab pada waktunya",
    "refused": "sambungan ditolak",
    "unreachable": "alamat tidak dapat dihubungi",
    "address_not_allowed": "alamat tidak diizinkan",
    "gone": "alamat sudah tidak berlaku",
    "not_listed": "tidak ada lagi di direktori",
    "alert_ended": "peringatan sudah berakhir",
    "address_refused": "alamat e-mail ditolak",
    "mail_server_away": "server e-mail tidak dapat dihubungi",
    "whatsapp_away": "WhatsApp tidak dapat dihubungi",
    "window_closed": "di luar 24 jam WhatsApp",
    "not_on_whatsapp": "nomor tidak ada di WhatsApp",
    "template_fault": "templat WhatsApp keliru; hubungi operator",
    "token": "token WhatsApp tidak berlaku; hubungi operator",
    "account_restricted": "akun WhatsApp dibatasi; hubungi operator",
    "subscription_inactive": "langganan tidak aktif lagi",
    "error": "kesalahan yang tidak dikenal; hubungi operator",
}
"""Why a delivery did not arrive; codes that are not here are shown as they are."""
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"]


def look(templates: Path) -> Look:
    """The look of a service with these templates of its own."""
    return Look(
        templates=(templates, _HERE / "templates"),
        static=_HERE / "static",
        navigation=destinations,
        may_operate=lambda person: may(person, Action.OPERATE),
        filters={"label": label, "local_time": local_time, "region": lambda code: region(code), "reason": reason},
        values={
            "levels": LEVEL_LABELS,
            "stages": STAGE_LABELS,
            "rungs": RUNG_LABELS,
            "role_labels": ROLE_LABELS,
            "may": _may,
            "delivery_states": DELIVERY_STATES,
        },
    )


def reason(code: str) -> str:
    """Why a delivery did not arrive, in words."""
    if code.startswith(("status_", "smtp_")):
        return f"dijawab {code.partition('_')[2]}"
    return REASONS.get(code, code)


def local_time(moment: datetime | None, code: str = "ID", date_only: bool = False) -> str:
    """A UTC time as people of a region write it: `21 Nov 2026, 19.40 WIB`."""
    if moment is None:
        return "–"
    name, short = timezone_of(code)
    there = moment.astimezone(ZoneInfo(name))
    day = f"{there.day} {_MONTHS[there.month - 1]} {there.year}"
    return day if date_only else f"{day}, {there:%H.%M} {short}"


def _may(person: Person | None, action: str, jurisdiction: tuple[str, ...] | None = None) -> bool:
    return person is not None and may(person, Action(action), jurisdiction)
