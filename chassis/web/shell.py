"""Renders pages: the service's own templates in front of the shared ones."""

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from chassis.permissions import ROLE_LABELS, Action, Person, may
from contracts.regions import region, timezone_of
from contracts.vocabulary import LEVEL_LABELS, RUNG_LABELS, STAGE_LABELS, label

HERE = Path(__file__).parent
STATIC = HERE / "static"
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"]

_DESTINATIONS: list[tuple[str, str, tuple[Action, ...]]] = [
    ("/verification/", "Kasus", (Action.SEE_CASE,)),
    ("/notification/", "Peringatan", (Action.SEE_ALERTS,)),
    ("/escalation/", "Wilayah", (Action.SEE_LEVELS,)),
    ("/notification/directives", "Arahan", (Action.SEE_ALERTS,)),
    ("/intake/import", "Impor", (Action.IMPORT_REPORTS,)),
    ("/intake/identities", "Identitas", (Action.APPROVE_IDENTITY, Action.REQUEST_IDENTITY)),
    ("/notification/directory", "Direktori", (Action.EDIT_DIRECTORY,)),
    ("/integration/", "Mitra", (Action.MANAGE_PARTNERS, Action.SEE_OWN_PARTNER)),
]
_PUBLIC = [("/intake/report", "Lapor"), ("/intake/track", "Lacak"), ("/intake/faq", "Tanya jawab")]


def local_time(moment: datetime | None, code: str = "ID", date_only: bool = False) -> str:
    """A UTC time as people of a region write it: `21 Nov 2026, 19.40 WIB`."""
    if moment is None:
        return "–"
    name, short = timezone_of(code)
    there = moment.astimezone(ZoneInfo(name))
    day = f"{there.day} {_MONTHS[there.month - 1]} {there.year}"
    return day if date_only else f"{day}, {there:%H.%M} {short}"


class Shell:
    """A service's pages."""

    def __init__(self, service: str, templates: Path) -> None:
        self._service = service
        self._environment = Environment(
            loader=FileSystemLoader([templates, HERE / "templates"]),
            autoescape=select_autoescape(default=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(label=label, local_time=local_time, region=lambda code: region(code))
        self._environment.globals.update(
            levels=LEVEL_LABELS, stages=STAGE_LABELS, rungs=RUNG_LABELS, role_labels=ROLE_LABELS, may=_may
        )

    def page(self, request: Request, name: str, *, status_code: int = 200, **values: Any) -> HTMLResponse:
        """A whole page."""
        kept = request.session.get("person")
        person = Person.model_validate(kept) if kept else None
        shown = destinations(person) if person else _PUBLIC
        html = self._environment.get_template(name).render(
            request=request,
            service=self._service,
            person=person,
            csrf=request.session.get("csrf", ""),
            destinations=shown,
            told=request.session.pop("notice", None),
            current=_current(request.url.path, [path for path, _ in shown]),
            **values,
        )
        return HTMLResponse(html, status_code, {"Content-Security-Policy": _POLICY, **_HEADERS})


def _current(path: str, addresses: list[str]) -> str:
    """The destination that a page lies below: the longest that fits."""
    return max((each for each in addresses if path.startswith(each)), key=len, default="")


def destinations(person: Person) -> list[tuple[str, str]]:
    """Address and name of what a person may open, the most used first."""
    return [(path, name) for path, name, actions in _DESTINATIONS if any(may(person, each) for each in actions)]


def _may(person: Person | None, action: str, jurisdiction: tuple[str, ...] | None = None) -> bool:
    return person is not None and may(person, Action(action), jurisdiction)


_POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
