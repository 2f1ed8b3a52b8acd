"""Where the ladder is read, changed and approved."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from chassis.clock import now
from chassis.language import N_, Labels, _
from chassis.signin import Guarded, SignedIn
from contracts.regions import NATIONAL
from kemenag.permissions import Action, may, require
from services.notification.api import Alerts
from services.notification.policies import commands
from services.notification.policies.model import BOUNDS, Rule, effects, rules_of
from services.notification.policy import LOOK

_PATH = "/notification/policies"
NAMES: Labels[str] = Labels({LOOK: N_("Permintaan memeriksa"), "1": N_("Waspada"), "2": N_("Siaga"), "3": N_("Awas")})
router = APIRouter(prefix=_PATH, include_in_schema=False)


class RulesForm(BaseModel):
    """The rules of all levels, as they are written: a value a level, in the order of `name`."""

    model_config = ConfigDict(str_strip_whitespace=True)
    csrf: str
    name: list[str]
    rungs: list[int]
    answer: list[float]
    act: list[str]
    """Empty where nothing is promised."""
    quorum: list[int]
    silent: list[str] = []
    """The levels that only the inbox gets."""
    reason: str = Field(min_length=10, max_length=500)

    @model_validator(mode="after")
    def _is_whole(self) -> "RulesForm":
        if sorted(self.name) != sorted(BOUNDS) or self.rules.keys() != BOUNDS.keys():
            raise ValueError(_("isi semua tingkat"))
        return self

    @property
    def rules(self) -> dict[str, Rule]:
        """By level."""
        rows = zip(self.name, self.rungs, self.answer, self.act, self.quorum, strict=True)
        return {
            name: Rule(
                rungs=rungs,
                every_channel=name not in self.silent,
                answer_minutes=answer,
                act_minutes=float(act) if act else None,
                quorum=quorum,
            )
            for name, rungs, answer, act, quorum in rows
        }


class Decision(BaseModel):
    """Approved or refused."""

    csrf: str
    approves: bool = False


@router.get("")
async def show(request: Request, person: SignedIn, store: Alerts) -> Response:
    """What holds, what waits with what it would have changed, and what held before."""
    require(person, Action.SEE_ALERTS)
    ladder = await commands.ladder_of(store)
    # The country's counts are for those who decide by them.
    decides = ladder.waiting and may(person, Action.EDIT_POLICY, (NATIONAL,))
    past = await commands.past(store, now()) if decides else []
    base, current = rules_of(request.app.state.in_force.base), rules_of(store.policies)
    waiting = ladder.waiting
    return request.app.state.shell.page(  # type: ignore[no-any-return]
        request,
        "policies.html",
        title=_("Aturan tangga peringatan"),
        names=NAMES,
        bounds=BOUNDS,
        base=base,
        rules=current,
        waiting=waiting,
        wrote=bool(waiting and waiting.account == person.sub),
        before=effects(past, current),
        after=effects(past, waiting.rules) if waiting else {},
        decides=decides,
        in_force=ladder.in_force,
        versions=list(reversed(ladder.versions))[:20],
    )


@router.post("", dependencies=[Guarded])
async def propose(request: Request, person: SignedIn, form: Annotated[RulesForm, Form()]) -> Response:
    """Write a version."""
    await request.app.state.in_force.propose(person, form.rules, form.reason, now())
    request.session["notice"] = _("Usulan tersimpan. Pejabat pusat kedua harus menyetujuinya.")
    return RedirectResponse(_PATH, 303)


@router.post("/{version}/decide", dependencies=[Guarded])
async def decide(request: Request, version: int, person: SignedIn, form: Annotated[Decision, Form()]) -> Response:
    """Let a version hold, or refuse it."""
    await request.app.state.in_force.decide(person, version, form.approves, now())
    request.session["notice"] = _("Aturan baru berlaku sekarang.") if form.approves else _("Usulan ditolak.")
    return RedirectResponse(_PATH, 303)
