"""The reader's language: texts by gettext, dates and numbers by Babel.

Texts stand in the code in Indonesian; a catalog (`<folder>/<language>.po`) translates them. Which language is meant is
a context variable: a request sets it for its reader; what is stored or sent without a reader's wish is Indonesian.
"""

import gettext as catalogs
import io
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from pathlib import Path
from typing import TypeVar

from babel import dates, negotiate_locale, numbers
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

K = TypeVar("K")
SOURCE = "id"
LANGUAGES = {"id": "Bahasa Indonesia", "en": "English"}
COOKIE = "rukun_language"
_FORMATS = {"id": "id_ID", "en": "en_GB"}
_YEAR_SECONDS = 31_536_000

_language: ContextVar[str] = ContextVar("language", default=SOURCE)
_catalogs: dict[str, catalogs.NullTranslations] = {}


def load(folder: Path) -> None:
    """Read the catalogs of a folder; once per process is enough."""
    for path in sorted(folder.glob("*.po")):
        with path.open("rb") as file:
            found = read_po(file, locale=path.stem)
        compiled = io.BytesIO()
        write_mo(compiled, found)
        compiled.seek(0)
        _catalogs[path.stem] = catalogs.GNUTranslations(compiled)


def current() -> str:
    """The code of the language that is meant now."""
    return _language.get()


@contextmanager
def use(language: str) -> Iterator[None]:
    """Mean this language until the end of the block, in this task."""
    token = _language.set(language if language in LANGUAGES else SOURCE)
    try:
        yield
    finally:
        _language.reset(token)


def use_environment() -> None:
    """Mean what the terminal asks for (`LANGUAGE`, `LC_ALL`, `LC_MESSAGES`, `LANG`), or else Indonesian."""
    asked = (os.environ.get(name, "") for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"))
    first = next((each for each in asked if each), SOURCE)
    _language.set(first[:2] if first[:2] in LANGUAGES else SOURCE)


def N_(text: str) -> str:
    """Mark a text that is translated where it is shown."""
    return text


def _(text: str) -> str:
    """A text in the reader's language."""
    found = _catalogs.get(_language.get())
    return found.gettext(text) if found and text else text


def ngettext(one: str, many: str, count: int) -> str:
    """A text that depends on a number; Indonesian needs no plural and gives the same one twice."""
    found = _catalogs.get(_language.get())
    return found.ngettext(one, many, count) if found else one if count == 1 else many


class Labels(Mapping[K, str]):
    """Codes with what they are called; reading one gives it in the reader's language."""

    def __init__(self, sources: Mapping[K, str]) -> None:
        self.sources = sources
        """As they stand in the code: for what is stored."""

    def __getitem__(self, code: K) -> str:
        return _(self.sources[code])

    def __iter__(self) -> Iterator[K]:
        return iter(self.sources)

    def __len__(self) -> int:
        return len(self.sources)


def day(moment: date) -> str:
    """A day as the reader writes it: `21 Nov 2026`."""
    return dates.format_date(moment, "medium", locale=_FORMATS[_language.get()])


def time_of_day(moment: datetime) -> str:
    """Hours and minutes as the reader writes them: `19.40`, `19:40`."""
    return dates.format_datetime(moment, "HH:mm" if _language.get() == "en" else "HH.mm", locale="id_ID")


def decimal(number: float, digits: int = 0) -> str:
    """A number as the reader writes it, with so many digits behind the separator."""
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return numbers.format_decimal(number, pattern, locale=_FORMATS[_language.get()])


def percent(share: float) -> str:
    """A share from 0 to 1 in whole percent, which do not break from their sign."""
    return numbers.format_percent(share, "#,##0\u00a0%", locale=_FORMATS[_language.get()])


class Reader:
    """Middleware: mean the language of who asks: what they switched to, their account's, or their browser's."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or "/static/" in scope["path"]:
            await self._app(scope, receive, send)
            return
        request = HTTPConnection(scope)
        switched = request.query_params.get("lang")
        language = asked(request)

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *_headers(language, switched == language)]}
            await send(message)

        with use(language):
            await self._app(scope, receive, send_marked)


def asked(request: HTTPConnection) -> str:
    """The language of who asks: what they switched to, their account's, or their browser's."""
    session = request.scope.get("session") or {}
    account = (session.get("person") or {}).get("language")
    known = [request.query_params.get("lang"), request.cookies.get(COOKIE), account]
    accepted = _accepted(request.headers.get("accept-language", ""))
    return next((each for each in known if each in LANGUAGES), None) or accepted


def _accepted(header: str) -> str:
    """The best of what a browser accepts, by its weights."""
    weighed = []
    for part in header.split(","):
        name, _sep, weight = part.strip().partition(";q=")
        try:
            weighed.append((-float(weight or 1), name))
        except ValueError:
            continue
    wanted = [name.strip() for _weight, name in sorted(weighed, key=lambda each: each[0])]
    return (negotiate_locale(wanted, list(LANGUAGES), sep="-") or SOURCE)[:2]


def _headers(language: str, switched: bool) -> list[tuple[bytes, bytes]]:
    found = [(b"content-language", language.encode()), (b"vary", b"Accept-Language, Cookie")]
    if switched:
        cookie = f"{COOKIE}={language}; Path=/; Max-Age={_YEAR_SECONDS}; SameSite=Lax; HttpOnly"
        found.append((b"set-cookie", cookie.encode()))
    return found
