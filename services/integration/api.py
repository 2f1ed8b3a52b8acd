"""Integration's JSON and XML: the pull feed and CAP, for partners by token."""

import hashlib
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from chassis.clock import now
from chassis.language import _
from chassis.problems import Problem, not_found
from chassis.signin import who
from contracts.specification import PUBLIC_EVENTS, partners_asyncapi, schema
from kemenag.permissions import Action, require
from services.integration import cap
from services.integration.model import PublicAlert
from services.integration.partners.commands import PREFIX, partner_of_token
from services.integration.settings import IntegrationSettings
from services.integration.store import Store


def current_store(request: Request) -> Store:
    """The service's store."""
    store: Store = request.app.state.store
    return store


def current_settings(request: Request) -> IntegrationSettings:
    """The service's settings."""
    settings: IntegrationSettings = request.app.state.settings
    return settings


Followed = Annotated[Store, Depends(current_store)]
Configured = Annotated[IntegrationSettings, Depends(current_settings)]
router = APIRouter(prefix="/integration/v1", tags=["partners"])


async def regions(request: Request, store: Followed) -> list[str]:
    """The regions of the partner whose token this is, or of the official who is signed in."""
    scheme, _sep, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.startswith(PREFIX):
        return (await partner_of_token(store, token, now()))[1].regions
    person = await who(request)
    if person is None:
        raise Problem(
            "token-missing", 401, _("Token diperlukan"), _("Sertakan header Authorization: Bearer <token mitra>.")
        )
    require(person, Action.SEE_ALERTS)
    return list(person.regions)


Regions = Annotated[list[str], Depends(regions)]


@router.get("/feed")
async def feed(
    allowed: Regions,
    store: Followed,
    cursor: Annotated[int, Query(ge=0, le=2**53)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """What happened behind a cursor, in order; keep `cursor` for the next call."""
    entries, last = await store.read_feed(allowed, cursor, limit)
    return {"entries": entries, "cursor": last}


@router.head("/alerts.atom", include_in_schema=False)
@router.get("/alerts.atom", response_class=Response)
async def alerts(request: Request, allowed: Regions, store: Followed, settings: Configured) -> Response:
    """The newest alerts as an Atom feed of CAP documents. With `If-None-Match`, 304 where nothing changed."""
    found = await store.newest_alerts({"jurisdiction": {"$in": allowed}}, 100)
    feed = cap.atom(found, settings.public_url, now())
    return _unless_known(request, found, Response(feed, media_type="application/atom+xml"))


@router.head("/alerts/{alert_id}.cap", include_in_schema=False)
@router.get("/alerts/{alert_id}.cap", response_class=Response)
async def alert(request: Request, alert_id: str, allowed: Regions, store: Followed, settings: Configured) -> Response:
    """One alert as CAP 1.2. With `If-None-Match`, 304 where nothing changed today."""
    found = await store.newest_alerts({"_id": alert_id, "jurisdiction": {"$in": allowed}}, 1)
    if not found:
        raise not_found()
    document = cap.cap(found[0], settings.cap_sender, settings.public_url, now())
    return _unless_known(request, found, Response(document, media_type="application/cap+xml"))


def _unless_known(request: Request, alerts: list[PublicAlert], whole: Response) -> Response:
    """304 where the caller has it already. Once a day all is new: what stands expires a while after it was fetched."""
    told = "".join(each.model_dump_json() for each in alerts) + f"{now():%Y-%m-%d}"
    tag = f'W/"{hashlib.sha256(told.encode()).hexdigest()[:32]}"'
    known = {each.strip() for each in request.headers.get("if-none-match", "").split(",")}
    answer = Response(status_code=304) if {tag, "*"} & known else whole
    answer.headers["ETag"], answer.headers["Cache-Control"] = tag, "private, no-cache"
    return answer


@router.get("/contracts")
async def contracts() -> dict[str, Any]:
    """What is published for partners: AsyncAPI of the Kafka topics, with the schema of every message."""
    return partners_asyncapi()


@router.get("/contracts/{event_type}")
async def contract(event_type: str) -> dict[str, Any]:
    """The JSON Schema of one type of public event; its `$id` is what `ce_dataschema` names."""
    if event_type not in PUBLIC_EVENTS:
        raise not_found()
    return schema(PUBLIC_EVENTS[event_type])
