"""What administrators and partners see: partners, their tokens and subscriptions, and the log of deliveries."""

from datetime import UTC, date, datetime, time
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from chassis.clock import now
from chassis.deliveries.delivery import Status
from chassis.identity import Person
from chassis.language import N_, Labels, _, ngettext
from chassis.problems import Problem, not_found
from chassis.signin import Guarded, JustNow, SignedIn
from contracts.regions import NATIONAL
from kemenag.permissions import Action, may
from kemenag.places import codes_of
from services.integration.api import Configured, Followed
from services.integration.model import Partner, Subject
from services.integration.partners import commands, subscriptions
from services.integration.partners.api import AGAIN
from services.integration.partners.subscriptions import MOST_AGAIN, TESTED, Wanted
from services.integration.store import Store

SUBJECT_LABELS: Labels[str] = Labels(
    {
        Subject.CASES: N_("Kasus"),
        Subject.LEVELS: N_("Tingkat"),
        Subject.ALERTS: N_("Peringatan"),
        TESTED: N_("Percobaan"),
    }
)
_SUBJECT_OF = {"rukun.public-case.updated": Subject.CASES, "rukun.level.changed": Subject.LEVELS, TESTED: TESTED}
_STATES = (Status.QUEUED, Status.SENT, Status.FAILED)
_COUNTED, _SHOWN = 1000, 50
router = APIRouter(prefix="/integration", include_in_schema=False)


def _page(request: Request, name: str, **values: Any) -> Response:
    return request.app.state.shell.page(  # type: ignore[no-any-return]
        request, name, subject_labels=SUBJECT_LABELS, subjects=list(Subject), at=now(), **values
    )


@router.get("/")
async def partners(request: Request, person: SignedIn, store: Followed) -> Response:
    if not (may(person, Action.MANAGE_PARTNERS) or may(person, Action.SEE_OWN_PARTNER)):
        raise Problem("forbidden", 403, _("Tidak berwenang"), _("Halaman ini untuk administrator dan mitra."))
    found = {id: each for id, each in (await store.all_partners()).items() if _sees(person, each)}
    missed = {id: await _missed(store, id, each) for id, each in found.items()}
    return _page(request, "partners.html", title=_("Mitra"), partners=found, missed=missed, counted=_COUNTED)


async def _missed(store: Store, partner_id: str, partner: Partner) -> dict[str, int]:
    return {each.id: len(await store.missed(partner_id, each.id, _COUNTED)) for each in partner.subscriptions}


class PartnerForm(BaseModel):
    """A new partner."""

    model_config = ConfigDict(str_strip_whitespace=True)
    csrf: str
    name: str = Field(min_length=2, max_length=200)
    account: str = Field(default="", max_length=200)
    regions: str = Field(default=NATIONAL, max_length=500)


@router.post("/partners", dependencies=[Guarded, JustNow])
async def add(
    request: Request, person: SignedIn, store: Followed, settings: Configured, form: Annotated[PartnerForm, Form()]
) -> Response:
    _manage(person)
    partner_id, token = await commands.add_partner(
        store, form.name, form.account or None, list(codes_of(form.regions)), settings.partner_token_days, now()
    )
    return await _show(request, store, partner_id, person, token=token)


@router.post("/partners/{partner_id}/token", dependencies=[Guarded, JustNow])
async def renew_token(
    request: Request, partner_id: str, person: SignedIn, store: Followed, settings: Configured
) -> Response:
    await _load(store, partner_id, person)
    token = await commands.renew_token(store, partner_id, settings.partner_token_days, now())
    return await _show(request, store, partner_id, person, token=token)


@router.post("/partners/{partner_id}/revoke", dependencies=[Guarded, JustNow])
async def revoke(request: Request, partner_id: str, person: SignedIn, store: Followed) -> Response:
    await _load(store, partner_id, person)
    await commands.revoke_tokens(store, partner_id, now())
    return _back(request, partner_id, _("Semua token mitra ini dicabut."))


class SubscriptionForm(BaseModel):
    """A new subscription."""

    model_config = ConfigDict(str_strip_whitespace=True)
    csrf: str
    url: str = Field(max_length=500)
    subjects: list[Subject] = []
    regions: str = Field(default="", max_length=500)
    fields: str = Field(default="", max_length=500)


@router.post("/partners/{partner_id}/subscriptions", dependencies=[Guarded, JustNow])
async def subscribe(
    request: Request,
    partner_id: str,
    person: SignedIn,
    store: Followed,
    settings: Configured,
    form: Annotated[SubscriptionForm, Form()],
) -> Response:
    await _load(store, partner_id, person)
    fields = [each.strip() for each in form.fields.split(",") if each.strip()]
    codes = list(codes_of(form.regions)) if form.regions else []
    allow = settings.allow_private_addresses
    made = await subscriptions.subscribe(store, partner_id, form.subjects, codes, fields, form.url, allow)
    return await _show(request, store, partner_id, person, secret=made.secrets[0])


@router.post("/partners/{partner_id}/subscriptions/{subscription_id}/rotate", dependencies=[Guarded, JustNow])
async def rotate(
    request: Request, partner_id: str, subscription_id: str, person: SignedIn, store: Followed
) -> Response:
    await _load(store, partner_id, person)
    fresh = await subscriptions.rotate_secret(store, partner_id, subscription_id)
    return await _show(request, store, partner_id, person, secret=fresh)


@router.post("/partners/{partner_id}/subscriptions/{subscription_id}/pause", dependencies=[Guarded])
async def pause(request: Request, partner_id: str, subscription_id: str, person: SignedIn, store: Followed) -> Response:
    await _load(store, partner_id, person)
    await subscriptions.pause(store, partner_id, subscription_id, now())
    return _back(request, partner_id, _("Langganan dijeda; yang datang sementara ini menunggu."))


@router.post("/partners/{partner_id}/subscriptions/{subscription_id}/resume", dependencies=[Guarded])
async def resume(
    request: Request, partner_id: str, subscription_id: str, person: SignedIn, store: Followed
) -> Response:
    await _load(store, partner_id, person)
    await request.app.state.limits.take("replays", AGAIN, partner_id)
    count = await subscriptions.resume(store, partner_id, subscription_id, now())
    done = ngettext(
        "Langganan berjalan lagi; {count} kiriman yang tertunda dikirim sekarang.",
        "Langganan berjalan lagi; {count} kiriman yang tertunda dikirim sekarang.",
        count,
    ).format(count=count)
    return _back(request, partner_id, done)


@router.post("/partners/{partner_id}/subscriptions/{subscription_id}/remove", dependencies=[Guarded])
async def remove(
    request: Request, partner_id: str, subscription_id: str, person: SignedIn, store: Followed
) -> Response:
    await _load(store, partner_id, person)
    await subscriptions.remove(store, partner_id, subscription_id)
    return _back(request, partner_id, _("Langganan dihapus."))


@router.post("/partners/{partner_id}/subscriptions/{subscription_id}/test", dependencies=[Guarded])
async def test(request: Request, partner_id: str, subscription_id: str, person: SignedIn, store: Followed) -> Response:
    await _load(store, partner_id, person)
    await request.app.state.limits.take("webhook-tests", AGAIN, partner_id)
    await subscriptions.send_test(store, partner_id, subscription_id, now())
    return _back(request, partner_id, _("Kiriman percobaan dikirim; hasilnya di catatan di bawah."))


class ReplayForm(BaseModel):
    """From which day on to send again."""

    csrf: str
    since: date
    failed_only: bool = False


@router.post("/partners/{partner_id}/subscriptions/{subscription_id}/replay", dependencies=[Guarded])
async def replay(
    request: Request,
    partner_id: str,
    subscription_id: str,
    person: SignedIn,
    store: Followed,
    form: Annotated[ReplayForm, Form()],
) -> Response:
    await _load(store, partner_id, person)
    await request.app.state.limits.take("replays", AGAIN, partner_id)
    since = datetime.combine(form.since, time(), UTC)
    count = await subscriptions.replay(store, partner_id, subscription_id, since, form.failed_only, now())
    done = ngettext(
        "{count} kiriman dikirim lagi, yang terlama lebih dahulu.",
        "{count} kiriman dikirim lagi, yang terlama lebih dahulu.",
        count,
    ).format(count=count)
    more = _("Paling banyak {most} sekali jalan: ulangi dari tanggal yang lebih baru.").format(most=MOST_AGAIN)
    return _back(request, partner_id, f"{done} {more}" if count == MOST_AGAIN else done)


class Filter(BaseModel):
    """Which deliveries are shown."""

    subscription: str = Field(default="", max_length=60)
    status: str = Field(default="", max_length=20)
    since: str = Field(default="", max_length=10)
    cursor: str = Field(default="", max_length=300)


@router.get("/partners/{partner_id}")
async def partner(
    request: Request, partner_id: str, person: SignedIn, store: Followed, wanted: Annotated[Filter, Query()]
) -> Response:
    return await _show(request, store, partner_id, person, wanted)


async def _show(
    request: Request, store: Store, partner_id: str, person: Person, wanted: Filter | None = None, **more: str
) -> Response:
    """A partner, with what is shown once where something was just made."""
    found, wanted = await _load(store, partner_id, person), wanted or Filter()
    page = await subscriptions.deliveries(store, partner_id, _wanted(wanted), _SHOWN)
    return _page(
        request,
        "partner.html",
        title=found.name,
        partner_id=partner_id,
        partner=found,
        missed=await _missed(store, partner_id, found),
        counted=_COUNTED,
        page=page,
        wanted=wanted,
        states=_STATES,
        subject_of=lambda type: _SUBJECT_OF.get(type, Subject.ALERTS),
        **{"token": None, "secret": None, **more},
    )


def _wanted(form: Filter) -> Wanted:
    """What was chosen; a day that is none, or a state that nobody knows, chooses nothing."""
    try:
        since = datetime.combine(date.fromisoformat(form.since), time(), UTC) if form.since else None
    except ValueError:
        since = None
    status = Status(form.status) if form.status in set(Status) else None
    return Wanted(form.subscription, status, since, None, form.cursor)


@router.post("/partners/{partner_id}/resend", dependencies=[Guarded])
async def resend(
    request: Request, partner_id: str, person: SignedIn, delivery_id: Annotated[str, Form()], store: Followed
) -> Response:
    await _load(store, partner_id, person)
    await subscriptions.resend(store, delivery_id, partner_id, now())
    return _back(request, partner_id, _("Dikirim lagi."))


def _sees(person: Person, partner: Partner) -> bool:
    return may(person, Action.MANAGE_PARTNERS) or partner.account == person.sub


def _manage(person: Person) -> None:
    if not may(person, Action.MANAGE_PARTNERS):
        raise Problem("forbidden", 403, _("Tidak berwenang"), _("Hanya administrator yang mendaftarkan mitra."))


async def _load(store: Store, partner_id: str, person: Person) -> Partner:
    """A partner whom somebody may manage: the administrator, or the account that was named for it."""
    found = await commands.load_partner(store, partner_id)
    if not _sees(person, found):
        raise not_found()
    return found


def _back(request: Request, partner_id: str, done: str) -> Response:
    request.session["notice"] = done
    return RedirectResponse(f"/integration/partners/{partner_id}", 303)
