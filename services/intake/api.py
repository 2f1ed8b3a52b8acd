"""Intake's JSON: reports in, regions by name, attachments. Chat comes by `channels/webhooks.py`."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.routing import Route

from chassis.clock import now
from chassis.language import _
from chassis.problems import Problem, invalid, not_found
from chassis.signin import SignedIn, who
from contracts.regions import Region, search_regions
from contracts.vocabulary import AttachmentKind, Channel, Provenance, ReporterKind, attachment_kind
from kemenag.permissions import Action, proof_of, require
from services.intake.attachments import ranges
from services.intake.clients import PREFIX, Client
from services.intake.commands import Sender, accept_report
from services.intake.model import ReportForm, digest_of
from services.intake.settings import IntakeSettings
from services.intake.store import Store

_PATH = "/intake/v1/reports"
_FORM = TypeAdapter(ReportForm)
_LARGEST = 3 * 1024 * 1024


class AcceptedAnswer(BaseModel):
    """What the sender of a report gets: the ticket is for people, the receipt is secret."""

    report_id: str
    ticket: str
    receipt: str


async def body_of(request: Request, most: int = _LARGEST) -> bytes:
    """The raw body; 413 where it is larger than `most` bytes."""
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > most:
            raise Problem(
                "body-too-large",
                413,
                _("Kiriman terlalu besar"),
                _("Paling banyak {most} MB.").format(most=most // 1024 // 1024),
            )
        chunks.append(chunk)
    return b"".join(chunks)


async def post_report(request: Request) -> Response:
    """Accept a report."""
    client = await _client_of(request)
    body = await body_of(request)
    try:
        form = _FORM.validate_json(body)
    except ValidationError as error:
        raise invalid([dict(each) for each in error.errors(include_context=False)]) from None
    key = request.headers.get("idempotency-key")
    if key is not None and not 1 <= len(key) <= 200:
        raise Problem("idempotency-key", 422, _("Idempotency-Key tidak sesuai"), _("Pakai 1 sampai 200 karakter."))
    by = await _sender(request, form, client, digest_of(body), key)
    accepted = await accept_report(request.app.state.store, request.app.state.pseudonym_key, form, by, now())
    return JSONResponse({"report_id": accepted.report_id, "ticket": accepted.ticket, "receipt": accepted.receipt}, 202)


async def _client_of(request: Request) -> tuple[str, Client] | None:
    """The program whose key was sent, within its quota; everybody else within that of their address."""
    limits, key = request.app.state.limits, request.headers.get("authorization", "").partition(" ")[2].strip()
    if not key.startswith(PREFIX):
        await limits.take_for(request, "reports", request.app.state.settings.reports_rate)
        return None
    try:
        client: tuple[str, Client] = await request.app.state.store.clients.of(key)
    except Problem:
        await limits.take_for(request, "client-keys", request.app.state.settings.lookups_rate)
        raise
    await limits.take("client", client[1].rate, client[0])
    return client


async def _sender(
    request: Request, form: ReportForm, client: tuple[str, Client] | None, digest: str, key: str | None
) -> Sender:
    # Who wants no name gets none, signed in or not.
    anonymous = form.reporter.kind is ReporterKind.ANONYMOUS
    if client is not None:
        client[1].require(form.region)
        # Keys of repetition are each program's own: none meets another's reports by them.
        return Sender(
            channel=Channel.API,
            digest=digest,
            idempotency=f"api:{client[0]}:{key}" if key else None,
            sender=None if anonymous else f"client:{client[0]}",
            provenance=Provenance.UNPROVEN if anonymous else Provenance.CLIENT,
        )
    person = None if anonymous else await who(request)
    return Sender(
        channel=Channel.API,
        digest=digest,
        idempotency=f"api:{key}" if key else None,
        sender=f"account:{person.sub}" if person else None,
        provenance=proof_of(person),
    )


def current_store(request: Request) -> Store:
    """The service's store."""
    store: Store = request.app.state.store
    return store


def current_settings(request: Request) -> IntakeSettings:
    """The service's settings."""
    settings: IntakeSettings = request.app.state.settings
    return settings


Reports = Annotated[Store, Depends(current_store)]
Configured = Annotated[IntakeSettings, Depends(current_settings)]


async def seldom(request: Request, settings: Configured) -> None:
    """A public look-up: as often as one address may, each kind apart."""
    route = request.scope["route"].path
    await request.app.state.limits.take_for(request, route, settings.lookups_rate)


Seldom = Depends(seldom)


def current_key(settings: Configured) -> bytes:
    """What pseudonyms and receipts are made with."""
    return settings.pseudonym_key.get_secret_value().encode()


PseudonymKey = Annotated[bytes, Depends(current_key)]
router = APIRouter(prefix="/intake/v1")


# A plain route of the same application: its middleware and error handlers hold, but nothing is solved and
# validated twice. FastAPI's own layer would cost several times what validating the body does.
router.routes.append(Route(_PATH, post_report, methods=["POST"]))


@router.get("/regions", dependencies=[Seldom])
async def regions(q: Annotated[str, Query(min_length=2, max_length=100)]) -> dict[str, list[Region]]:
    """Regions whose name or code fits; each with its parents, as names repeat."""
    return {"regions": await asyncio.to_thread(search_regions, q)}


@router.get("/attachments/{attachment_id}", response_class=Response)
async def attachment(
    attachment_id: str, person: SignedIn, store: Reports, range: Annotated[str | None, Header()] = None
) -> Response:
    """A photo of a report, for those who may see the case; a voice, a video or a document for those who handle it: it
    tells who speaks, or names people. With `Range` a part of it."""
    found = await store.attachments.collection.find_one({"_id": attachment_id})
    if found is None:
        raise not_found()
    photo = attachment_kind(attachment_id) is AttachmentKind.PHOTO
    require(person, Action.SEE_CASE if photo else Action.HANDLE_CASE, found["jurisdiction"])
    opened = store.attachments.open(found)
    if opened is None:
        detail = _("Berkas ini masih diambil dari pengirimnya, atau tidak dapat diambil.")
        raise Problem("photo-missing", 404, _("Berkas belum ada"), detail)
    await store.openings.record_look(found, person, now())
    return ranges.answer(opened[0], opened[1], range)


def described_reports() -> tuple[dict[str, Any], dict[str, Any]]:
    """The route of reports for the OpenAPI document: its path, and the schemas it names."""
    form = ReportForm.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas = {**form.pop("$defs", {}), "ReportForm": form, "AcceptedAnswer": AcceptedAnswer.model_json_schema()}
    return {_PATH: {"post": _OPERATION}}, schemas


def _json(schema: str) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}}


_OPERATION: dict[str, Any] = {
    "operationId": "post_report",
    "summary": "Accept a report; answered when it is durable",
    "parameters": [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "schema": {"type": "string", "minLength": 1, "maxLength": 200},
        }
    ],
    "requestBody": {"required": True, **_json("ReportForm")},
    "responses": {
        "202": {"description": "Stored durably", **_json("AcceptedAnswer")},
    },
    "description": "413: over 3 MB. 422: does not fit, or the key belongs to another report. 429: too many from this "
    "address or client; wait Retry-After seconds. `bearer` is an account's token or the key of a registered client. "
    "401: no such key. 403: a region the client may not report for. 503: nothing was stored; try again after "
    "Retry-After seconds.",
    "security": [{}, {"bearer": []}, {"session": []}],
}
