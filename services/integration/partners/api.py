"""For partners' programs, by token: their subscriptions, what was sent, and the proof that nothing is missing."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import AwareDatetime, BaseModel, Field

from chassis.clock import now
from chassis.deliveries.delivery import Status
from chassis.language import _
from chassis.problems import Problem
from services.integration.api import Configured, Followed
from services.integration.model import Partner, Subject
from services.integration.partners import subscriptions
from services.integration.partners.commands import PREFIX, partner_of_token

router = APIRouter(prefix="/integration/v1/subscriptions", tags=["subscriptions"])
AGAIN = "20/hour"
CHANGES = "60/hour"


async def _by_token(request: Request, store: Followed) -> tuple[str, Partner]:
    scheme, _sep, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.startswith(PREFIX):
        detail = _("Sertakan header Authorization: Bearer <token mitra>.")
        raise Problem("token-missing", 401, _("Token diperlukan"), detail)
    return await partner_of_token(store, token, now())


ByToken = Annotated[tuple[str, Partner], Depends(_by_token)]


_FIRST, _LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
Short = Annotated[str, Field(max_length=60)]
Moment = Annotated[AwareDatetime, Field(ge=_FIRST, le=_LAST)]
Day = Annotated[date, Query(ge=_FIRST.date(), le=_LAST.date())]


class Wanted(BaseModel):
    """A subscription that a partner asks for; without regions: all of its agreement, without fields: all of them."""

    url: str = Field(max_length=500)
    subjects: list[Subject] = Field(min_length=1, max_length=3)
    regions: list[Short] = Field(default=[], max_length=600)
    fields: list[Short] = Field(default=[], max_length=50)


class Shown(BaseModel):
    """A subscription without its secrets."""

    id: str
    url: str
    subjects: list[Subject]
    regions: list[str]
    fields: list[str]
    paused_at: AwareDatetime | None
    paused_because: str


class Made(Shown):
    """A new one, with the secret that signs what it gets; it is shown once."""

    secret: str


@router.get("")
async def mine(partner: ByToken) -> dict[str, list[Shown]]:
    """The subscriptions of the partner whose token this is."""
    return {"subscriptions": [Shown.model_validate(each.model_dump()) for each in partner[1].subscriptions]}


@router.post("", status_code=201)
async def subscribe(request: Request, partner: ByToken, wanted: Wanted, store: Followed, settings: Configured) -> Made:
    """Subscribe, within the regions of the agreement. 422: an address, region or list that cannot be."""
    await request.app.state.limits.take("subscriptions", CHANGES, partner[0])
    made = await subscriptions.subscribe(
        store,
        partner[0],
        wanted.subjects,
        wanted.regions,
        wanted.fields,
        wanted.url.strip(),
        settings.allow_private_addresses,
    )
    return Made.model_validate({**made.model_dump(), "secret": made.secrets[0]})


@router.delete("/{subscription_id}", status_code=204)
async def remove(request: Request, subscription_id: str, partner: ByToken, store: Followed) -> None:
    """End a subscription; what still waits for it is dropped."""
    await request.app.state.limits.take("subscriptions", CHANGES, partner[0])
    await subscriptions.remove(store, partner[0], subscription_id)


@router.post("/{subscription_id}/pause", status_code=204)
async def pause(request: Request, subscription_id: str, partner: ByToken, store: Followed) -> None:
    """Send nothing for now; what comes meanwhile waits."""
    await request.app.state.limits.take("subscriptions", CHANGES, partner[0])
    await subscriptions.pause(store, partner[0], subscription_id, now())


class Again(BaseModel):
    """How many deliveries are on their way again."""

    deliveries: int


@router.post("/{subscription_id}/resume")
async def resume(request: Request, subscription_id: str, partner: ByToken, store: Followed) -> Again:
    """Send again, what was missed first."""
    await request.app.state.limits.take("replays", AGAIN, partner[0])
    return Again(deliveries=await subscriptions.resume(store, partner[0], subscription_id, now()))


@router.post("/{subscription_id}/secret")
async def rotate(request: Request, subscription_id: str, partner: ByToken, store: Followed) -> dict[str, str]:
    """A new secret beside the old one: both sign until the next rotation."""
    await request.app.state.limits.take("subscriptions", CHANGES, partner[0])
    return {"secret": await subscriptions.rotate_secret(store, partner[0], subscription_id)}


@router.post("/{subscription_id}/test", status_code=202)
async def test(request: Request, subscription_id: str, partner: ByToken, store: Followed) -> None:
    """Send a signed sample of each subject (`rukun.test`)."""
    await request.app.state.limits.take("webhook-tests", AGAIN, partner[0])
    await subscriptions.send_test(store, partner[0], subscription_id, now())


class Since(BaseModel):
    """From when on to send again."""

    since: Moment
    failed_only: bool = False


@router.post("/{subscription_id}/replay")
async def replay(request: Request, subscription_id: str, since: Since, partner: ByToken, store: Followed) -> Again:
    """Send again what was sent since a moment (90 days are there), at most 10,000, the oldest first; each bears the
    `webhook-id` that it had."""
    await request.app.state.limits.take("replays", AGAIN, partner[0])
    found = await subscriptions.replay(store, partner[0], subscription_id, since.since, since.failed_only, now())
    return Again(deliveries=found)


@router.get("/{subscription_id}/deliveries")
async def deliveries(
    subscription_id: str,
    partner: ByToken,
    store: Followed,
    status: Status | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
    cursor: Annotated[str, Query(max_length=300)] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """What was sent, the newest first; `id` is the `webhook-id`. With `cursor` what came before."""
    wanted = subscriptions.Wanted(subscription_id, status, since, until, cursor)
    page = await subscriptions.deliveries(store, partner[0], wanted, limit)
    return {"deliveries": [_shown(each.id, each.state) for each in page.rows], "cursor": page.next}


def _shown(id: str, delivery: Any) -> dict[str, Any]:
    return {
        "id": id,
        "type": delivery.content["type"],
        "created_at": delivery.created_at,
        "status": delivery.status,
        "attempts": delivery.attempts,
        "reason": delivery.reason,
        "answered": delivery.provider_id,
    }


@router.get("/{subscription_id}/digest")
async def digest(subscription_id: str, day: Day, partner: ByToken, store: Followed) -> dict[str, Any]:
    """Count and SHA-256 of the sorted `webhook-id`s, joined by line feeds, of all that was made for you on a day (UTC,
    by the `timestamp` in the bodies), and how many of it still wait: compute the same from what you stored, and know
    whether anything is missing."""
    found = await subscriptions.digest(store, partner[0], subscription_id, day)
    return {"day": day, "count": found.count, "sha256": found.sha256, "waiting": found.waiting}
