"""Alerts as CAP 1.2 (OASIS) and an Atom feed of them. Pure.

Scope is Restricted, so a restriction says to whom; times are local with their offset, never `Z` and without
fractions. A graver alert is an Update that references the one it takes over from, which is not cancelled by it. What is
over is an Update that says all clear, what was an error is a Cancel; both reference all that were sent of it.
"""

from datetime import datetime, timedelta
from xml.etree import ElementTree as xml
from zoneinfo import ZoneInfo

from contracts.regions import region
from contracts.vocabulary import Level
from kemenag.labels import LEVEL_LABELS
from services.integration.model import PublicAlert

_CAP = "urn:oasis:names:tc:emergency:cap:1.2"
_ATOM = "http://www.w3.org/2005/Atom"
_RESTRICTION = "Hanya untuk instansi mitra yang terdaftar"
_SENDER_NAME = "Rukun, Kementerian Agama Republik Indonesia"
_STANDS = timedelta(days=3)
"""How long what was fetched may be believed without asking again."""
_DESCRIPTIONS = {
    Level.WASPADA: "Ada laporan yang dapat berkembang menjadi konflik; belum tentu benar dan sedang diperiksa.",
    Level.SIAGA: "Ketegangan yang sudah diperiksa dapat berkembang menjadi kekerasan.",
    Level.AWAS: "Kekerasan sedang terjadi atau segera terjadi.",
}
_INSTRUCTIONS = {
    Level.WASPADA: "Pantau keadaan bersama petugas setempat. Jangan meneruskan kabar yang belum diperiksa.",
    Level.SIAGA: "Hubungi Kantor Kementerian Agama setempat dan siapkan pendampingan.",
    Level.AWAS: "Hubungi kepolisian (110) dan Kantor Kementerian Agama setempat sekarang.",
}
_OVER = "Peringatan ini tidak berlaku lagi; yang berlaku adalah peringatan terbaru untuk wilayah ini, bila ada."
_ERROR = "Peringatan ini ditarik: setelah diperiksa, yang dilaporkan ternyata tidak terbukti."
_UNKNOWN = "Hubungi Kantor Kementerian Agama setempat."
_GRADES = {
    Level.WASPADA: ("Future", "Minor", "Possible"),
    Level.SIAGA: ("Expected", "Moderate", "Likely"),
    Level.AWAS: ("Immediate", "Severe", "Likely"),
}


def cap_time(moment: datetime) -> str:
    """A time as CAP wants it: local, with offset, whole seconds."""
    return moment.astimezone(ZoneInfo("Asia/Jakarta")).isoformat(timespec="seconds")


def cap(alert: PublicAlert, sender: str, web: str, at: datetime) -> bytes:
    """One alert as a CAP document, asked for at `at`: what stands expires a while later. `web` is where a person reads
    more."""
    ended = None if alert.replaced else alert.ended_at
    root = xml.Element("alert", xmlns=_CAP)
    _add(root, "identifier", f"{alert.id}{_suffix(alert) if ended else ''}")
    _add(root, "sender", sender)
    _add(root, "sent", cap_time(ended or alert.at))
    _add(root, "status", "Exercise" if alert.exercise else "Actual")
    _add(root, "msgType", _message_type(alert, ended is not None))
    _add(root, "scope", "Restricted")
    _add(root, "restriction", _RESTRICTION)
    if alert.exercise:
        _add(root, "note", "Latihan, bukan kejadian nyata")
    earlier = [(each.alert_id, each.at) for each in alert.replaces] + ([(alert.id, alert.at)] if ended else [])
    if earlier:
        _add(root, "references", " ".join(f"{sender},{id},{cap_time(at)}" for id, at in earlier))
    _info(root, alert, ended is not None, web, at)
    return bytes(xml.tostring(root, encoding="utf-8", xml_declaration=True))


def _suffix(alert: PublicAlert) -> str:
    """What the identifier of the last message of an alert ends with: each message has one of its own."""
    return "-cancel" if alert.unfounded else "-over"


def _message_type(alert: PublicAlert, over: bool) -> str:
    if over:
        return "Cancel" if alert.unfounded else "Update"
    return "Update" if alert.replaces else "Alert"


def _info(root: xml.Element, alert: PublicAlert, over: bool, web: str, at: datetime) -> None:
    level = alert.level
    urgency, severity, certainty = _GRADES.get(level, ("Unknown", "Unknown", "Unknown"))
    place = region(alert.region)
    info = xml.SubElement(root, "info")
    _add(info, "language", "id-ID")
    _add(info, "category", "Security")
    _add(info, "event", "Potensi konflik sosial berdimensi keagamaan")
    _add(info, "responseType", "AllClear" if over else "Monitor")
    _add(info, "urgency", "Past" if over else urgency)
    _add(info, "severity", severity)
    _add(info, "certainty", certainty)
    _add(info, "effective", cap_time(alert.ended_at if over and alert.ended_at else alert.at))
    _add(info, "expires", cap_time((alert.ended_at or at) + _STANDS))
    _add(info, "senderName", _SENDER_NAME)
    _add(info, "headline", f"Tingkat {int(level)} {LEVEL_LABELS.sources[level]} di {place.name}")
    end = (_ERROR if alert.unfounded else _OVER) if over else None
    _add(info, "description", end or _DESCRIPTIONS.get(level, _UNKNOWN))
    _add(info, "instruction", end or _INSTRUCTIONS.get(level, _UNKNOWN))
    _add(info, "web", web)
    _value(info, "parameter", "RUKUN-LEVEL", str(int(level)))
    area = xml.SubElement(info, "area")
    _add(area, "areaDesc", place.path)
    _value(area, "geocode", "KEMENDAGRI", alert.region)


def atom(alerts: list[PublicAlert], address: str, at: datetime) -> bytes:
    """An Atom feed of alerts, the newest first."""
    root = xml.Element("feed", xmlns=_ATOM)
    _add(root, "id", f"{address}/integration/v1/alerts")
    _add(root, "title", "Rukun: peringatan")
    _add(root, "updated", cap_time(max((each.ended_at or each.at for each in alerts), default=at)))
    author = xml.SubElement(root, "author")
    _add(author, "name", "Rukun")
    for each in (each for each in alerts if not each.replaced):
        level = each.level
        entry = xml.SubElement(root, "entry")
        link = f"{address}/integration/v1/alerts/{each.id}.cap"
        _add(entry, "id", link)
        _add(entry, "title", f"{int(level)} {LEVEL_LABELS.sources[level]}: {region(each.region).name}")
        _add(entry, "updated", cap_time(each.ended_at or each.at))
        xml.SubElement(entry, "link", href=link, type="application/cap+xml")
    return bytes(xml.tostring(root, encoding="utf-8", xml_declaration=True))


def _add(parent: xml.Element, name: str, text: str) -> None:
    xml.SubElement(parent, name).text = text


def _value(parent: xml.Element, name: str, key: str, value: str) -> None:
    pair = xml.SubElement(parent, name)
    _add(pair, "valueName", key)
    _add(pair, "value", value)
