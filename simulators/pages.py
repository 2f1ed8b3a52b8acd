"""The Graph API over HTTP, and pages on which a person can chat with the bot and read the mails."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

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


async def chat(request: Request) -> Response:
    """A phone, as its owner sees it."""
    number = request.query_params.get("number", _NUMBERS[0])
    bubbles = request.app.state.phones.talks.get(number, [])
    return _show("chat.html", number=number, numbers=_NUMBERS, bubbles=bubbles)


async def write(request: Request) -> Response:
    """The owner writes, or taps a button or a row."""
    phones: Phones = request.app.state.phones
    form = await request.form()
    number, text = str(form["number"]), str(form.get("text", ""))
    choice, kind = str(form.get("choice", "")), str(form.get("kind", "button_reply"))
    photo = form.get("photo")
    if isinstance(photo, UploadFile) and photo.filename:
        await phones.send_photo(number, await photo.read(), text)
        return RedirectResponse(f"/simulator/chat?number={number}#akhir", 303)
    message: dict[str, Any] = {"type": "text", "text": {"body": text}}
    if choice:
        text = text or _title(phones, number, choice)
        message = {"type": "interactive", "interactive": {"type": kind, kind: {"id": choice, "title": text}}}
    await phones.say(number, message, text)
    return RedirectResponse(f"/simulator/chat?number={number}#akhir", 303)


async def talk(request: Request) -> Response:
    """What a phone shows, for programs."""
    bubbles = request.app.state.phones.talks.get(request.path_params["number"], [])
    return JSONResponse([{"mine": b.mine, "text": b.text, "choices": b.choices} for b in bubbles])


async def mail(request: Request) -> Response:
    """The mails that were sent, the newest first."""
    mails = request.app.state.box.mails
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse(mails)
    return _show("mail.html", mails=list(reversed(mails)))


def application(phones: Phones, box: Mails) -> Starlette:
    """The web application."""
    made = Starlette(
        routes=[
            Route("/{version}/{number_id}/messages", graph, methods=["POST"]),
            Route("/simulator/", chat),
            Route("/simulator/chat", chat),
            Route("/simulator/chat/say", write, methods=["POST"]),
            Route("/simulator/chat/{number}", talk),
            Route("/simulator/media/{media_id}", media_content),
            Route("/simulator/mail", mail),
            Route("/{version}/{media_id}", media),
        ]
    )
    made.state.phones, made.state.box = phones, box
    return made


def _title(phones: Phones, number: str, choice: str) -> str:
    offered = [each for bubble in phones.talks.get(number, []) for each in bubble.choices]
    return next((each["title"] for each in reversed(offered) if each["id"] == choice), choice)
