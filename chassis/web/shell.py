"""Renders pages: a service's own templates in front of the shared ones. What they say and look like is given."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from chassis import language
from chassis.identity import Person


@dataclass(frozen=True)
class Look:
    """What pages are made of. The templates include `problem.html` and `operators.html`."""

    templates: Sequence[Path]
    static: Path
    navigation: Callable[[Person | None], list[tuple[str, str]]]
    """Address and name of what somebody may open, the most used first."""
    may_operate: Callable[[Person], bool]
    filters: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)


class Shell:
    """A service's pages."""

    def __init__(self, service: str, look: Look) -> None:
        self._service = service
        self.look = look
        self._environment = Environment(
            loader=FileSystemLoader(look.templates),
            autoescape=select_autoescape(default=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            extensions=["jinja2.ext.i18n"],
        )
        translations = (language._, language.ngettext)
        self._environment.install_gettext_callables(*translations, newstyle=True)  # type: ignore[attr-defined]
        self._environment.filters.update(look.filters)
        self._environment.globals.update(look.values)

    def page(self, request: Request, name: str, *, status_code: int = 200, **values: Any) -> HTMLResponse:
        """A whole page."""
        session = request.session.get("person")
        person = Person.model_validate(session) if session else None
        shown = self.look.navigation(person)
        html = self._environment.get_template(name).render(
            request=request,
            service=self._service,
            language=language.current(),
            languages=language.LANGUAGES,
            switch=lambda code: _switch(request, f"/{self._service}/", code),
            person=person,
            csrf=request.session.get("csrf", ""),
            destinations=shown,
            flash=request.session.pop("notice", None),
            current=_current(request.url.path, [path for path, _ in shown]),
            **values,
        )
        return HTMLResponse(html, status_code, {"Content-Security-Policy": _POLICY, **_HEADERS})


def _switch(request: Request, home: str, code: str) -> str:
    """The address of this page in another language; of the service's home where it answers a form."""
    address = request.url if request.method == "GET" else request.url.replace(path=home, query="")
    again = address.include_query_params(lang=code)
    return f"{again.path}?{again.query}"


def _current(path: str, addresses: list[str]) -> str:
    """The destination that a page lies below: the longest that fits."""
    return max((each for each in addresses if path.startswith(each)), key=len, default="")


_POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    # Browsers heed it where a page came by https, and nowhere else.
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "Cache-Control": "no-store",
}
