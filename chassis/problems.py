"""Errors that say what to do next: RFC 9457 problem+json for programs, a page for people."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pymongo.errors import PyMongoError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from chassis.aggregates import Conflict, NotThere
from chassis.language import N_, Labels, _, asked, use
from chassis.quarantine import Unreadable

log = structlog.get_logger(__name__)
TYPE = "urn:problem-type:rukun:"
"""What a problem's type begins with; the codes are listed in docs/problems.md."""


class Problem(Exception):
    """A refusal: a stable code, a status, and in the reader's language a short title and what can be done about it."""

    def __init__(self, code: str, status: int, title: str, detail: str = "", **more: Any) -> None:
        super().__init__(title)
        self.code = code
        self.status = status
        self.title = title
        self.detail = detail
        self.more = more


class SignInNeeded(Exception):
    """Nobody is signed in."""


class SignInAgain(SignInNeeded):
    """Somebody is, but has to prove it once more for this."""


def not_found() -> Problem:
    """The answer for what is not there and for what this person may not see: nobody can tell them apart."""
    return Problem("not-found", 404, _("Tidak ditemukan"), _("Periksa kembali alamatnya, atau buka dari daftar."))


def wants_page(request: Request) -> bool:
    """Whether a person's browser asks."""
    return "text/html" in request.headers.get("accept", "")


def answer(request: Request, problem: Problem) -> Response:
    """The problem, as the asker can read it."""
    after = problem.more.get("retry_after", 5 if problem.status == 503 else None)
    headers = {"Retry-After": str(after)} if after else {}
    if wants_page(request):
        page = request.app.state.shell.page(
            request, "problem.html", status_code=problem.status, problem=problem, title=problem.title
        )
        page.headers.update(headers)
        return page  # type: ignore[no-any-return]
    body = {
        "type": TYPE + problem.code,
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        **problem.more,
    }
    return JSONResponse(body, problem.status, headers, media_type="application/problem+json")


def unavailable() -> Problem:
    """The database is away: nothing was stored."""
    return Problem(
        "unavailable", 503, _("Layanan belum siap"), _("Data belum tersimpan. Tunggu beberapa detik, lalu kirim lagi.")
    )


_REASONS: Labels[str] = Labels(
    {
        "missing": N_("wajib diisi"),
        "string_too_short": N_("terlalu pendek"),
        "string_too_long": N_("terlalu panjang"),
        "too_short": N_("pilih sedikitnya satu"),
        "too_long": N_("terlalu banyak"),
        "enum": N_("bukan salah satu pilihan"),
        "extra_forbidden": N_("tidak dikenal"),
        "greater_than_equal": N_("terlalu kecil"),
        "less_than_equal": N_("terlalu besar"),
        "int_parsing": N_("harus bilangan"),
        "json_invalid": N_("bukan JSON yang benar"),
        "timezone_aware": N_("tambahkan zona waktu, misalnya +07:00"),
        "string_pattern_mismatch": N_("bentuknya tidak sesuai"),
        "datetime_from_date_parsing": N_("waktu tidak terbaca"),
        "string_type": N_("harus teks"),
        "int_type": N_("harus bilangan"),
    }
)


def reason_of(error: Mapping[str, Any]) -> str:
    """A validation error in the reader's language; the library's own words where we have none."""
    kind = str(error.get("type", ""))
    if kind == "value_error":
        return str(error["msg"]).removeprefix("Value error, ")
    return _REASONS.get(kind, str(error["msg"]))


def invalid(errors: Sequence[Mapping[str, Any]]) -> Problem:
    """A body that does not fit, with each place and reason."""
    found = [{"field": ".".join(str(part) for part in each["loc"]), "reason": reason_of(each)} for each in errors]
    detail = "; ".join(f"{each['field']}: {each['reason']}" for each in found[:5])
    return Problem("invalid", 422, _("Isian tidak sesuai"), detail, errors=found)


async def _problem(request: Request, error: Exception) -> Response:
    return answer(request, error if isinstance(error, Problem) else unavailable())


async def _database(request: Request, error: Exception) -> Response:
    log.error("database failed", route=_route(request), exc_info=error)
    return answer(request, unavailable())


async def _conflict(request: Request, error: Exception) -> Response:
    return answer(request, Problem("conflict", 409, _("Ada perubahan bersamaan"), _("Muat ulang, lalu coba lagi.")))


async def _not_there(request: Request, error: Exception) -> Response:
    return answer(request, not_found())


async def _unreadable(request: Request, error: Exception) -> Response:
    log.error("document cannot be read", route=_route(request), reason=str(error))
    detail = _(
        "Data ini disimpan dalam bentuk yang tidak dikenal. Operator sudah diberi tahu; yang lain tetap berjalan."
    )
    return answer(request, Problem("unreadable", 500, _("Data tidak terbaca"), detail))


async def _http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    if status == 404:
        return answer(request, not_found())
    return answer(request, Problem(f"http-{status}", status, str(getattr(error, "detail", ""))))


async def _validation(request: Request, error: Exception) -> Response:
    found = error.errors() if isinstance(error, RequestValidationError) else []
    return answer(request, invalid([{**each, "loc": each["loc"][1:]} for each in found]))


async def _sign_in(request: Request, error: Exception) -> Response:
    again = isinstance(error, SignInAgain)
    address = request.app.state.sign_in.address(request, again)
    if wants_page(request) and request.method == "GET" and not again:
        return RedirectResponse(address, 303)
    # An answer to a form is a page with a link: browsers follow none to the provider, as forms go to 'self' alone.
    if again:
        detail = _("Untuk langkah ini kata sandi ditanyakan sekali lagi. Masuk, lalu tekan tombolnya lagi.")
        return answer(request, Problem("sign-in-again", 403, _("Masuk sekali lagi"), detail, sign_in=address))
    problem = Problem("sign-in", 401, _("Belum masuk"), _("Masuk dahulu, atau sertakan token."), sign_in=address)
    return answer(request, problem)


async def _gone(request: Request, error: Exception) -> Response:
    """Who sent has left before the end: nobody reads the answer, and nothing of ours failed."""
    return Response(status_code=400)


async def _unknown(request: Request, error: Exception) -> Response:
    log.error("request failed", route=_route(request), exc_info=error)
    # This handler runs outside all middleware: the language has to be found again.
    with use(asked(request)):
        return answer(
            request, Problem("internal", 500, _("Ada kesalahan pada sistem"), _("Sudah dicatat. Coba lagi nanti."))
        )


def _route(request: Request) -> str:
    return getattr(request.scope.get("route"), "path", "")


_HANDLERS: dict[type[Exception], Callable[[Request, Exception], Awaitable[Response]]] = {
    Problem: _problem,
    PyMongoError: _database,
    Conflict: _conflict,
    NotThere: _not_there,
    Unreadable: _unreadable,
    HTTPException: _http,
    RequestValidationError: _validation,
    SignInNeeded: _sign_in,
    ClientDisconnect: _gone,
    Exception: _unknown,
}


def install(app: FastAPI) -> None:
    """Answer every error in one of the two ways; unknown ones are logged and tell nothing of the inside."""
    for kind, handler in _HANDLERS.items():
        app.add_exception_handler(kind, handler)
