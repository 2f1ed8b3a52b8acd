"""Where the channels of chat post: each request is proven, stored, answered; what it says is processed afterwards."""

import asyncio
import json
import secrets
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from starlette.formparsers import FormParser, MultiPartException

from chassis.clock import now
from chassis.deliveries import sms as gateway
from chassis.deliveries.graph import reported
from chassis.language import _
from chassis.problems import Problem, not_found
from services.intake.api import Configured, PseudonymKey, Reports, body_of
from services.intake.channels import email, sms, telegram, whatsapp
from services.intake.commands import take_answers, take_statuses

router = APIRouter(prefix="/intake/v1/channels")
_LARGEST_FORM = 64 * 1024
_LARGEST_MAIL = 20 * 1024 * 1024
_ONE_MAIL = asyncio.Semaphore(1)


@router.get("/whatsapp")
async def handshake(
    settings: Configured,
    mode: Annotated[str, Query(alias="hub.mode")] = "",
    token: Annotated[str, Query(alias="hub.verify_token")] = "",
    challenge: Annotated[str, Query(alias="hub.challenge")] = "",
) -> PlainTextResponse:
    """Meta's handshake."""
    wanted = settings.whatsapp_verify_token.get_secret_value()
    if mode != "subscribe" or not secrets.compare_digest(token.encode(), wanted.encode()):
        raise Problem("token", 403, _("Token salah"))
    return PlainTextResponse(challenge)


@router.post("/whatsapp")
async def whatsapp_webhook(request: Request, settings: Configured, store: Reports) -> Response:
    """Messages and statuses from Meta."""
    body, secret = await body_of(request), settings.whatsapp_app_secret.get_secret_value()
    if not whatsapp.genuine(body, request.headers.get("x-hub-signature-256"), secret):
        raise Problem("signature", 401, _("Tanda tangan salah"))
    payload = _json(body)
    found, answers = whatsapp.answers(list(whatsapp.messages(payload, settings.whatsapp_number_id)))
    reports = list(reported(whatsapp.statuses(payload), now()))
    await request.app.state.conversations.store(found, now())
    await take_statuses(store, reports)
    await take_answers(store, answers, now())
    return Response(status_code=200)


@router.post("/telegram")
async def telegram_webhook(request: Request, settings: Configured) -> Response:
    """One update from Telegram."""
    header = request.headers.get("x-telegram-bot-api-secret-token")
    if not telegram.genuine(header, settings.telegram_secret.get_secret_value()):
        raise Problem("token", 401, _("Token salah"))
    update = _json(await body_of(request))
    found = telegram.message(update)
    await request.app.state.conversations.store([found] if found else [], now())
    answer = telegram.acknowledged(update)
    return JSONResponse(answer) if answer else Response(status_code=200)


@router.post("/sms")
async def sms_webhook(request: Request, settings: Configured, store: Reports) -> Response:
    """One short message, or a part of one; or what became of one of ours."""
    if not sms.genuine(request.headers.get("authorization"), settings.sms_secret.get_secret_value()):
        raise Problem("token", 401, _("Token salah"))
    form, fields = await _form(request), gateway.names(settings.sms_fields)
    if report := gateway.reported(form, fields, now()):
        await take_statuses(store, [report])
    # Some gateways put a state ("received") on what people write as well; what bears our reference is a report.
    if form.get(fields["text"]) and not form.get(fields["ref"]):
        found = sms.message(form, fields, settings.sms_number, now())
        if isinstance(found, sms.Piece):
            await request.app.state.sms_parts.add(found, now())
        elif found:
            await request.app.state.conversations.store([found], now())
    return Response(status_code=200)


@router.post("/email")
async def email_webhook(request: Request, settings: Configured, key: PseudonymKey) -> Response:
    """One mail, as it is (`message/rfc822`), from the mail server. It is taken when this answers 200."""
    if not settings.email_address:
        raise not_found()
    if not sms.genuine(request.headers.get("authorization"), settings.email_secret.get_secret_value()):
        raise Problem("token", 401, _("Token salah"))
    body = await body_of(request, _LARGEST_MAIL)
    # One at a time, as each is in memory several times over; aside, so that nobody's report waits for it.
    async with _ONE_MAIL:
        found = await asyncio.to_thread(email.read, body, settings.email_address, key)
        # The files first: what names them may be worked on at once.
        files = {each.message.media: each.content for each in found if each.message.media}
        await request.app.state.mail_files.put(files, now())
    await request.app.state.conversations.store([each.message for each in found], now())
    return Response(status_code=200)


def _json(body: bytes) -> Any:
    """What is posted, without lone surrogates, which JSON allows and UTF-8 does not; 400 where it is no JSON."""
    try:
        found = json.loads(body)
        return json.loads(json.dumps(found, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        raise Problem("not-json", 400, _("Bukan JSON yang dapat dibaca")) from None


async def _form(request: Request) -> dict[str, str]:
    """The fields of a posted form, or of an object of JSON: gateways do either."""
    body, kind = await body_of(request, _LARGEST_FORM), request.headers.get("content-type", "")
    if not body:
        return {}
    if "json" in kind:
        found = _json(body)
        return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}

    async def chunks() -> Any:
        yield body
        yield b""

    if "urlencoded" not in kind:
        raise Problem("form-kind", 415, _("Bukan formulir"), _("Kirim application/x-www-form-urlencoded atau JSON."))
    try:
        form = await FormParser(request.headers, chunks()).parse()
    except MultiPartException:
        raise Problem("form-unreadable", 400, _("Formulir tidak terbaca")) from None
    return {name: value for name, value in form.items() if isinstance(value, str)}
