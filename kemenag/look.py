"""How pages look here: templates, style, filters for codes and times, navigation."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from chassis import language
from chassis.identity import Person
from chassis.language import N_, Labels, _
from chassis.web.shell import Look
from contracts.regions import region, timezone_of
from kemenag import LOCALE
from kemenag.labels import LEVEL_LABELS, RUNG_LABELS, STAGE_LABELS, label, move_label
from kemenag.levels import sentence
from kemenag.navigation import destinations
from kemenag.permissions import ROLE_LABELS, Action, may

_HERE = Path(__file__).parent
ELSEWHERE = "https://www.bmkg.go.id/"
"""Where somebody who must not be seen here goes at one touch: the weather."""
DELIVERY_STATES: Labels[str] = Labels(
    {
        "queued": N_("sedang dikirim"),
        "sent": N_("terkirim"),
        "delivered": N_("sampai"),
        "read": N_("dibaca"),
        "failed": N_("gagal"),
        "dropped": N_("dibatalkan"),
    }
)
REASONS: Labels[str] = Labels(
    {
        "timeout": N_("tidak menjawab pada waktunya"),
        "refused": N_("sambungan ditolak"),
        "unreachable": N_("alamat tidak dapat dihubungi"),
        "address_not_allowed": N_("alamat tidak diizinkan"),
        "gone": N_("alamat sudah tidak berlaku"),
        "not_listed": N_("tidak ada lagi di direktori"),
        "alert_ended": N_("peringatan sudah berakhir atau berubah"),
        "address_refused": N_("alamat e-mail ditolak"),
        "mail_server_away": N_("server e-mail tidak dapat dihubungi"),
        "whatsapp_away": N_("WhatsApp tidak dapat dihubungi"),
        "telegram_away": N_("Telegram tidak dapat dihubungi"),
        "sms_away": N_("gerbang SMS tidak dapat dihubungi"),
        "no_gateway": N_("belum ada gerbang SMS; hubungi operator"),
        "blocked": N_("diblokir penerima"),
        "undelivered": N_("tidak sampai ke telepon penerima"),
        "window_closed": N_("di luar 24 jam WhatsApp"),
        "not_on_whatsapp": N_("nomor tidak ada di WhatsApp"),
        "template_missing": N_("templat WhatsApp belum disetujui; hubungi operator"),
        "template_fault": N_("templat WhatsApp keliru; hubungi operator"),
        "token": N_("token WhatsApp tidak berlaku; hubungi operator"),
        "account_restricted": N_("akun WhatsApp dibatasi; hubungi operator"),
        "subscription_inactive": N_("langganan tidak aktif lagi"),
        "failing": N_("berjam-jam tidak menerima apa pun"),
        "subscription_paused": N_("menunggu: langganannya dijeda"),
        "subscription_gone": N_("langganan tidak ada lagi"),
        "error": N_("kesalahan yang tidak dikenal; hubungi operator"),
    }
)
"""Why a delivery did not arrive; codes that are not here are shown as they are."""


def look(templates: Path) -> Look:
    """The look of a service with these templates of its own."""
    language.load(LOCALE)
    return Look(
        templates=(templates, _HERE / "templates"),
        static=_HERE / "static",
        navigation=destinations,
        may_operate=lambda person: may(person, Action.OPERATE),
        filters={
            "label": label,
            "move_label": move_label,
            "local_time": local_time,
            "region": lambda code: region(code),
            "reason": reason,
            "percent": language.percent,
            "decimal": language.decimal,
            "day": language.day,
        },
        values={
            "levels": LEVEL_LABELS,
            "stages": STAGE_LABELS,
            "rungs": RUNG_LABELS,
            "role_labels": ROLE_LABELS,
            "may": _may,
            "sentence": sentence,
            "delivery_states": DELIVERY_STATES,
            "elsewhere": ELSEWHERE,
        },
    )


def reason(code: str) -> str:
    """Why a delivery did not arrive, in words."""
    if code.startswith(("status_", "smtp_")):
        return _("dijawab {status}").format(status=code.partition("_")[2])
    return REASONS.get(code, code)


def local_time(moment: datetime | None, code: str = "ID", date_only: bool = False) -> str:
    """A UTC time as it is in a region, as the reader writes it: `21 Nov 2026, 19.40 WIB`."""
    if moment is None:
        return "–"
    name, short = timezone_of(code)
    there = moment.astimezone(ZoneInfo(name))
    day = language.day(there)
    return day if date_only else f"{day}, {language.time_of_day(there)} {short}"


def _may(person: Person | None, action: str, jurisdiction: tuple[str, ...] | None = None) -> bool:
    return person is not None and may(person, Action(action), jurisdiction)
