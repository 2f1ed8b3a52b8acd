"""Errors that say what to do next: RFC 9457 problem+json for programs, a page for people."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pymongo.errors import PyMongoError
from starlette.exceptions import HTTPException

from chassis.aggregates import Conflict, NotThere
from chassis.quarantine import Unreadable

log = structlog.get_logger(__name__)


class Problem(Exception):
    """A refusal with a status, a short title and what the person can do about it."""

    def __init__(self, status: int, title: str, detail: str = "", **more: Any) -> None:
        super().__init__(title)
        self.status = status
        self.title = title
        self.detail = detail
        self.more = more


class SignInNeeded(Exception):
    """Nobody is signed in."""


def not_found() -> Problem:
    """The answer for what is not there and for what this person may not see: nobody can tell them apart."""
    return Problem(404, "Tidak ditemukan", "Periksa kembali alamatnya, atau buka dari daftar.")


def wants_page(request: Request) -> bool:
    """Whether a person's browser asks."""
    return "text/html" in request.headers.get("accept", "")


def answer(request: Request, problem: Problem) -> Response:
    """The problem, as the asker can read it."""
    headers = {"Retry-After": "5"} if problem.status == 503 else {}
    if wants_page(request):
        page = request.app.state.shell.page(
            request, "problem.html", status_code=problem.status, problem=problem, title=problem.title
        )
        page.headers.update(headers)
        return page  # type: ignore[no-any-return]
    body = {
        "type": "about:blank",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        **problem.more,
    }
    return JSONResponse(body, problem.status, headers, media_type="application/problem+json")


def unavailable() -> Problem:
    """The database is away: nothing was stored."""
    return Problem(503, "Layanan belum siap", "Data belum tersimpan. Tunggu beberapa detik, lalu kirim lagi.")


_REASONS = {
    "missing": "wajib diisi",
    "string_too_short": "terlalu pendek",
    "string_too_long": "terlalu panjang",
    "too_short": "pilih sedikitnya satu",
    "too_long": "terlalu banyak",
    "enum": "bukan salah satu pilihan",
    "extra_forbidden": "tidak dikenal",
    "greater_than_equal": "terlalu kecil",
    "less_than_equal": "terlalu besar",
    "int_parsing": "harus bilangan",
    "json_invalid": "bukan JSON yang benar",
    "timezone_aware": "tambahkan zona waktu, misalnya +07:00",
    "string_pattern_mismatch": "bentuknya tidak sesuai",
    "datetime_from_date_parsing": "waktu tidak terbaca",
    "string_type": "harus teks",
    "int_type": "harus bilangan",
}


def reason_of(error: Mapping[str, Any]) -> str:
    """A validation error in Indonesian; the library's own words where we have none."""
    kind = str(error.get("type", ""))
    if kind == "value_error":
        return str(error["msg"]).removeprefix("Value error, ")
    return _REASONS.get(kind, str(error["msg"]))


def invalid(errors: Sequence[Mapping[str, Any]]) -> Problem:
    """A body that does not fit, with each place and reason."""
    found = [{"field": ".".join(str(part) for part in each["loc"]), "reason": reason_of(each)} for each in errors]
    detail = "; ".join(f"{each['field']}: {each['reason']}" for each in found[:5])
    return Problem(422, "Isian tidak sesuai", detail, errors=found)


async def _problem(request: Request, error: Exception) -> Response:
    return answer(request, error if isinstance(error, Problem) else unavailable())


async def _database(request: Request, error: Exception) -> Response:
    log.error("database failed", route=_route(request), exc_info=error)
    return answer(request, unavailable())


async def _conflict(request: Request, error: Exception) -> Response:
    return answer(request, Problem(409, "Ada perubahan bersamaan", "Muat ulang, lalu coba lagi."))


async def _not_there(request: Request, error: Exception) -> Response:
    return answer(request, not_found())


async def _unreadable(request: Request, error: Exception) -> Response:
    log.error("document cannot be read", route=_route(request), reason=str(error))
    detail = "Data ini disimpan dalam bentuk yang tidak dikenal. Operator sudah diberi tahu; yang lain tetap berjalan."
    return answer(request, Problem(500, "Data tidak terbaca", detail))


async def _http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return answer(request, not_found() if status == 404 else Problem(status, str(getattr(error, "detail", ""))))


async def _validation(request: Request, error: Exception) -> Response:
    found = error.errors() if isinstance(error, RequestValidationError) else []
    return answer(request, invalid([{**each, "loc": each["loc"][1:]} for each in found]))


async def _sign_in(request: Request, error: Exception) -> Response:
    if wants_page(request):
        return RedirectResponse(request.app.state.sign_in.address(request), 303)
    return answer(request, Problem(401, "Belum masuk", "Masuk dahulu, atau sertakan token."))


async def _unknown(request: Request, error: Exception) -> Response:
    log.error("request failed", route=_route(request), exc_info=error)
    return answer(request, Problem(500, "Ada kesalahan pada sistem", "Sudah dicatat. Coba lagi nanti."))


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
    Exception: _unknown,
}


def install(app: FastAPI) -> None:
    """Answer every error in one of the two ways; unknown ones are logged and tell nothing of the inside."""
    for kind, handler in _HANDLERS.items():
        app.add_exception_handler(kind, handler)
