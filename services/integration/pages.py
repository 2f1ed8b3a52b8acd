"""What administrators and partners see: partners, their subscriptions, and the log of deliveries."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from chassis.clock import now
from chassis.identity import Person
from chassis.language import N_, Labels, _, ngettext
from chassis.problems import Problem, not_found
from chassis.signin import Guarded, JustNow, SignedIn
from contracts.regions import NATIONAL
from kemenag.permissions import Action, may
from kemenag.places import codes_of
from services.integration import commands
from services.integration.api import Configured, Followed
from services.integration.model import Partner, Subject
from services.integration.store import Store

SUBJECT_LABELS: Labels[str] = Labels(
    {Subject.CASES: N_("Kasus"), Subject.LEVELS: N_("Tingkat"), Subject.ALERTS: N_("Peringatan")}
)
_SUBJECT_OF = {"rukun.public-case.updated": Subject.CASES, "rukun.level.changed": Subject.LEVELS}
_COUNTED = 1000
router = APIRouter(prefix="/integration", include_in_schema=False)


async def _show(request: Request, store: Store, person: Person, **more: Any) -> Response:
    partners = {id: each for id, each in (await store.all_partners()).items() if _sees(person, each)}
    counts = {
        id: await store.deliveries.collection.count_documents({"state.about": id, "state.status": "sent"}, limit=10_000)
        for id in partners
    }
    values: dict[str, Any] = {
        "partners": partners,
        "counts": counts,
        "missed": {
            each.id: len(await store.missed(id, each.id, _COUNTED))
            for id, partner in partners.items()
            for each in partner.subscriptions
        },
        "counted": _COUNTED,
        "token": None,
        "secret": None,
        **more,
    }
    return request.app.state.shell.page(  # type: ignore[no-any-return]
        request, "partners.html", title=_("Mitra"), subject_labels=SUBJECT_LABELS, subjects=list(Subject), **values
    )


@router.get("/")
async def partners(request: Request, person: SignedIn, store: Followed) -> Response:
    if not (may(person, Action.MANAGE_PARTNERS) or may(person, Action.SEE_OWN_PARTNER)):
        raise Problem("forbidden", 403, _("Tidak berwenang"), _("Halaman ini untuk administrator dan mitra."))
    return await _show(request, store, person)


@router.post("/partners", dependencies=[Guarded, JustNow])
async def add(
    request: Request,
    person: SignedIn,
    name: Annotated[str, Form(min_length=2, max_length=200)],
    store: Followed,
    account: Annotated[str, Form(max_length=200)] = "",
    regions: Annotated[str, Form(max_length=500)] = NATIONAL,
) -> Response:
    _manage(person)
    _, token = await commands.add_partner(store, name, account.strip() or None, list(codes_of(regions)))
    return await _show(request, store, person, token=token)


@router.post("/partners/{partner_id}/subscriptions", dependencies=[Guarded, JustNow])
async def subscribe(
    request: Request,
    partner_id: str,
    person: SignedIn,
    url: Annotated[str, Form(max_length=500)],
    store: Followed,
    settings: Configured,
    subjects: Annotated[list[Subject], Form()] = [],  # noqa: B006 - FastAPI copies it
    regions: Annotated[str, Form(max_length=500)] = "",
    fields: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    _manage(person)
    wanted = [each.strip() for each in fields.split(",") if each.strip()]
    codes = list(codes_of(regions)) if regions.strip() else []
    allow = settings.allow_private_addresses
    made = await commands.subscribe(store, partner_id, subjects, codes, wanted, url.strip(), allow)
    return await _show(request, store, person, secret=made.secrets[0])


@router.post("/partners/{partner_id}/subscriptions/{subscription_id}/rotate", dependencies=[Guarded, JustNow])
async def rotate(
    request: Request, partner_id: str, subscription_id: str, person: SignedIn, store: Followed
) -> Response:
    _manage(person)
    fresh = await commands.rotate_secret(store, partner_id, subscription_id)
    return await _show(request, store, person, secret=fresh)


@router.post("/partners/{partner_id}/subscriptions/{subscription_id}/pause", dependencies=[Guarded])
async def pause(request: Request, partner_id: str, subscription_id: str, person: SignedIn, store: Followed) -> Response:
    await _load(store, partner_id, person)
    await commands.pause(store, partner_id, subscription_id, now())
    request.session["notice"] = _("Langganan dijeda; yang datang sementara ini menunggu.")
    return RedirectResponse("/integration/", 303)


@router.post("/partners/{partner_id}/subscriptions/{subscription_id}/resume", dependencies=[Guarded])
async def resume(
    request: Request, partner_id: str, subscription_id: str, person: SignedIn, store: Followed
) -> Response:
    await _load(store, partner_id, person)
    count = await commands.resume(store, partner_id, subscription_id, now())
    request.session["notice"] = ngettext(
        "Langganan berjalan lagi; {count} kiriman yang tertunda dikirim sekarang.",
        "Langganan berjalan lagi; {count} kiriman yang tertunda dikirim sekarang.",
        count,
    ).format(count=count)
    return RedirectResponse("/integration/", 303)


@router.get("/partners/{partner_id}")
async def log(request: Request, partner_id: str, person: SignedIn, store: Followed) -> Response:
    partner = await _load(store, partner_id, person)
    newest = await store.deliveries.rows({"state.about": partner_id}, sort=[("state.created_at", -1)], limit=100)
    return request.app.state.shell.page(  # type: ignore[no-any-return]
        request,
        "deliveries.html",
        title=partner.name,
        partner_id=partner_id,
        partner=partner,
        deliveries=newest,
        subject_labels=SUBJECT_LABELS,
        subject_of=lambda type: _SUBJECT_OF.get(type, Subject.ALERTS),
    )


@router.post("/partners/{partner_id}/resend", dependencies=[Guarded])
async def resend(partner_id: str, person: SignedIn, delivery_id: Annotated[str, Form()], store: Followed) -> Response:
    await _load(store, partner_id, person)
    await commands.resend(store, delivery_id, partner_id, now())
    return RedirectResponse(f"/integration/partners/{partner_id}", 303)


def _sees(person: Person, partner: Partner) -> bool:
    return may(person, Action.MANAGE_PARTNERS) or partner.account == person.sub


def _manage(person: Person) -> None:
    if not may(person, Action.MANAGE_PARTNERS):
        raise Problem("forbidden", 403, _("Tidak berwenang"), _("Hanya administrator yang mengatur mitra."))


async def _load(store: Store, partner_id: str, person: Person) -> Partner:
    partner = await commands.load_partner(store, partner_id)
    if not _sees(person, partner):
        raise not_found()
    return partner
