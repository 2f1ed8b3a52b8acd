"""The channels' protocols over HTTP, and pages on which a person can chat with the bot and read the mails."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from simulators.email import Mailboxes
from simulators.screens import Screens
from simulators.sms import ShortMessages
from simulators.telegram import Telegram
from simulators.whatsapp import Phones

_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=select_autoescape(default=True)
)
_NUMBERS = ["6281000000001", "6281000000002", "6281000000003"]


@dataclass
class Mails:
    """Mails that were received, the newest last."""

    mails: list[dict[str, str]] = field(default_factory=list)


def _show(name: str, **values: Any) -> HTMLResponse:
    return HTMLResponse(_PAGES.get_template(name).render(**values))


async def graph(request: Request) -> Response:
    """The Graph API: takes a message, as Meta does."""
    if not request.headers.get("authorization", "").startswith("Bearer "):
        return JSONResponse({"error": {"message": "Invalid OAuth access token", "code": 190}}, 401)
    message = await request.json()
    if not (message.get("to") or message.get("recipient")):
        return JSONResponse({"error": {"message": "Parameter to is missing", "code": 100}}, 400)
    wamid = request.app.state.phones.receive(message)
    return JSONResponse({"messaging_product": "whatsapp", "messages": [{"id": wamid}]})


async def media(request: Request) -> Response:
    """The Graph API: where a file that somebody sent can be fetched for some minutes."""
    id = request.path_params["media_id"]
    if not request.headers.get("authorization", "").startswith("Bearer "):
        return JSONResponse({"error": {"message": "Invalid OAuth access token", "code": 190}}, 401)
    if id not in request.app.state.phones.media:
        return JSONResponse({"error": {"message": "Unsupported get request", "code": 100}}, 400)
    url = str(request.url_for("media_content", media_id=id))
    return JSONResponse({"messaging_product": "whatsapp", "url": url, "mime_type": "image/jpeg", "id": id})


async def media_content(request: Request) -> Response:
    """The file itself; the token is asked for here, too."""
    content = request.app.state.phones.media.get(request.path_params["media_id"])
    if content is None or not request.headers.get("authorization", "").startswith("Bearer "):
        return Response(status_code=404)
    return Response(content, media_type="image/jpeg")


async def bot(request: Request) -> Response:
    """Telegram's Bot API: a method with its content, as JSON."""
    content = await request.json()
    result = request.app.state.telegram.call(request.path_params["method"], content)
    if result is None:
        return JSONResponse({"ok": False, "error_code": 400, "description": "Bad Request"}, 400)
    return JSONResponse({"ok": True, "result": result})


async def bot_file(request: Request) -> Response:
    """Telegram's Bot API: a file that somebody sent."""
    id = Path(request.path_params["path"]).stem
    content = request.app.state.telegram.files.get(id)
    return Response(status_code=404) if content is None else Response(content, media_type="image/jpeg")


async def short_message(request: Request) -> Response:
    """The SMS gateway: takes a message as a form."""
    if not request.headers.get("authorization", "").startswith("Bearer "):
        return JSONResponse({"error": "no token"}, 401)
    form = {name: str(value) for name, value in (await request.form()).items()}
    if not form.get("to") or not form.get("text"):
        return JSONResponse({"error": "to and text are needed"}, 400)
    return JSONResponse({"id": request.app.state.sms.receive(form)})


def _screens(request: Request, name: str) -> Screens:
    screens: dict[str, Screens] = request.app.state.screens
    return screens.get(name, screens["whatsapp"])


async def chat(request: Request) -> Response:
    """A phone, as its owner sees it."""
    channel, number = request.query_params.get("channel", "whatsapp"), request.query_params.get("number", _NUMBERS[0])
    screens = _screens(request, channel)
    told = {"number": number, "numbers": _NUMBERS, "bubbles": screens.talks.get(number, []), "channel": channel}
    return _show("chat.html", screens=screens, channels=request.app.state.screens, **told)


async def write(request: Request) -> Response:
    """The owner writes, or taps a button or a row."""
    form = await request.form()
    channel, number, text = str(form.get("channel", "whatsapp")), str(form["number"]), str(form.get("text", ""))
    screens, choice, photo = _screens(request, channel), str(form.get("choice", "")), form.get("photo")
    if isinstance(photo, UploadFile) and photo.filename:
        await _send_file(screens, number, await photo.read(), photo.content_type or "", text)
    elif choice:
        await screens.tap(number, choice)
    elif text:
        await screens.write(number, text)
    return RedirectResponse(f"/simulator/chat?channel={channel}&number={number}#akhir", 303)


async def _send_file(screens: Screens, number: str, content: bytes, media_type: str, caption: str) -> None:
    """As the phone's application sends what was chosen."""
    kind = media_type.partition("/")[0]
    if kind == "audio":
        await screens.send_voice(number, content)
    elif kind == "video":
        await screens.send_video(number, content, caption)
    elif kind == "image":
        await screens.send_photo(number, content, caption)
    else:
        await screens.send_document(number, content, media_type, caption)


async def talk(request: Request) -> Response:
    """What a phone shows, for programs."""
    screens = _screens(request, request.query_params.get("channel", "whatsapp"))
    bubbles = screens.talks.get(request.path_params["number"], [])
    return JSONResponse([{"mine": b.mine, "text": b.text, "choices": b.choices} for b in bubbles])


async def mail(request: Request) -> Response:
    """The mails that were sent, the newest first."""
    mails = request.app.state.box.mails
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse(mails)
    return _show("mail.html", mails=list(reversed(mails)))


def application(phones: Phones, telegram: Telegram, sms: ShortMessages, mailboxes: Mailboxes, box: Mails) -> Starlette:
    """The web application."""
    made = Starlette(
        routes=[
            Route("/{version}/{number_id}/messages", graph, methods=["POST"]),
            Route("/telegram/bot{token}/{method}", bot, methods=["POST"]),
            Route("/telegram/file/bot{token}/{path:path}", bot_file),
            Route("/sms/messages", short_message, methods=["POST"]),
            Route("/simulator/", chat),
            Route("/simulator/chat", chat),
            Route("/simulator/chat/say", write, methods=["POST"]),
            Route("/simulator/chat/{number}", talk),
            Route("/simulator/media/{media_id}", media_content),
            Route("/simulator/mail", mail),
            Route("/{version}/{media_id}", media),
        ]
    )
    made.state.phones, made.state.telegram, made.state.sms, made.state.box = phones, telegram, sms, box
    made.state.screens = {"whatsapp": phones, "telegram": telegram, "sms": sms, "email": mailboxes}
    return made
