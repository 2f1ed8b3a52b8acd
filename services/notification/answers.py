"""What officials say to an alert: that they take it, take it over, cannot, did something. Pure."""

from datetime import datetime, timedelta

from chassis.language import _
from chassis.problems import Problem
from contracts.base import Event
from contracts.events import AlertAcknowledged
from services.notification.model import Alert, Kind, Loaded, State, Taking, place
from services.notification.policy import Policy


def acknowledge(loaded: Loaded, taking: Taking, policy: Policy) -> list[Event]:
    """Somebody takes it. Where one is enough, or the last who was wanted, the ladder stops."""
    alert = loaded.state
    _refuse_ended(alert)
    _refuse_without_authority(alert, taking, policy)
    if alert.state is State.ACKNOWLEDGED:
        raise _taken_already(alert)
    if taking.office in {each.office for each in alert.takings}:
        detail = _("Kantor Anda sudah menerima; peringatan ini menunggu kantor lain.")
        raise Problem("alert-acknowledged", 409, _("Sudah diterima"), detail)
    alert.takings.append(taking)
    return settle(loaded, policy, taking.at) if is_settled(alert, policy) else []


def take_over(loaded: Loaded, taking: Taking, policy: Policy) -> list[Event]:
    """Another office takes it as well, and it is theirs now. Each office once: so no promise is put off for ever."""
    alert = loaded.state
    _refuse_ended(alert)
    _refuse_without_authority(alert, taking, policy)
    if alert.state is not State.ACKNOWLEDGED or taking.office in {each.office for each in alert.takings}:
        raise Problem(
            "alert-not-taken", 409, _("Tidak dapat diambil alih"), _("Peringatan ini belum diterima kantor lain.")
        )
    # A reminder of this promise is another message than one of the last.
    alert.takings, alert.calls = [*alert.takings, taking], alert.calls + 1
    return settle(loaded, policy, taking.at)


def refuse(loaded: Loaded, refusal: Taking, policy: Policy) -> list[Event]:
    """Somebody who was called cannot, and says so once. Where it was theirs to take, the next rung is called at once;
    the others keep their time."""
    alert = loaded.state
    _refuse_ended(alert)
    if alert.state is State.ACKNOWLEDGED:
        raise _taken_already(alert)
    answered = {each.who for each in (*alert.refusals, *alert.takings)}
    if refusal.office not in alert.called or refusal.who in answered or _all_refused(alert, refusal, policy):
        detail = _("Anda sudah menjawab, atau kantor Anda belum dihubungi.")
        raise Problem("not-asked", 409, _("Tidak ada yang ditanyakan kepada Anda"), detail)
    alert.refusals.append(refusal)
    if refusal.role in policy.takers and alert.deadline is not None:
        refused = sum(each.office == refusal.office and each.role in policy.takers for each in alert.refusals)
        if refused >= alert.heads.get(refusal.office, 0):
            alert.silent = [*alert.silent, refusal.rung]
        alert.answer_until = alert.answer_until or alert.deadline
        alert.deadline = refusal.at
    return []


def _all_refused(alert: Alert, refusal: Taking, policy: Policy) -> bool:
    """Whether everybody of that office who could take it has refused: one more is one of them, by their account after
    a message or the other way round."""
    if refusal.role not in policy.takers:
        return False
    refused = sum(each.office == refusal.office and each.role in policy.takers for each in alert.refusals)
    return refused >= max(alert.heads.get(refusal.office, 0), 1)


def act(loaded: Loaded, policy: Policy, at: datetime) -> list[Event] | None:
    """Somebody recorded a verdict or an action on the case, which heads alone can: the promise is fulfilled, and what
    had not been taken is. At Awas a second office is still wanted, unless two had it before or everybody was called."""
    alert = loaded.state
    if alert.acted_at is not None or alert.state is State.ENDED:
        return None
    alert.acted_at = at
    if alert.kind is Kind.LOOK:
        alert.state, alert.deadline = State.ENDED, None
    elif alert.state is State.ACKNOWLEDGED:
        alert.deadline = None
    elif not policy.quorum or alert.lapsed or alert.unanswered_at is not None:
        return settle(loaded, policy, at)
    return []


def _taken_already(alert: Alert) -> Problem:
    detail = _("Peringatan ini sudah diterima oleh {office}.").format(office=alert.acknowledged_by)
    return Problem("alert-acknowledged", 409, _("Sudah diterima"), detail)


def _refuse_ended(alert: Alert) -> None:
    if alert.state is State.ENDED:
        detail = _("Peringatan ini sudah digantikan atau kasusnya ditutup.")
        raise Problem("alert-ended", 409, _("Sudah berakhir"), detail)


def _refuse_without_authority(alert: Alert, taking: Taking, policy: Policy) -> None:
    if taking.role not in policy.takers:
        detail = _(
            "Mulai tingkat Siaga, peringatan diterima oleh kepala KUA, kasi, kabid, atau pusat. "
            "Sampaikan kepada atasan Anda sekarang juga."
        )
        raise Problem("not-entitled", 403, _("Perlu pejabat yang berwenang"), detail)
    if taking.who in alert.lapsed:
        detail = _(
            "Anda pernah menerimanya dan belum ada tindakan. Catat tindakan pada kasusnya, atau minta kantor lain."
        )
        raise Problem("promise-broken", 409, _("Tidak dapat diterima lagi"), detail)


def is_settled(alert: Alert, policy: Policy) -> bool:
    """Whether all who are wanted have taken it. Rungs that are empty or silent are filled from above."""
    if not alert.takings:
        return False
    if not policy.quorum or alert.manned is None or alert.unanswered_at is not None:
        return True
    left = sorted(each.rung for each in alert.takings)
    missing = []
    for rung in policy.quorum:
        if rung in left:
            left.remove(rung)
        else:
            missing.append(rung)
    for rung in missing:
        above = next((each for each in left if each > rung), None)
        if above is None or (rung in alert.manned and rung not in alert.silent):
            return False
        left.remove(above)
    return True


def settle(loaded: Loaded, policy: Policy, at: datetime) -> list[Event]:
    """The ladder stops, and the promise begins."""
    alert = loaded.state
    last = alert.takings[-1] if alert.takings else None
    alert.state, alert.acknowledged_by, alert.acknowledged_at = State.ACKNOWLEDGED, last.by if last else None, at
    alert.reminded, alert.answer_until = False, None
    promised = policy.act_within is not None and alert.case_id is not None and alert.acted_at is None
    alert.deadline = at + promise_of(policy) if promised else None
    if alert.kind is Kind.LOOK:
        return []
    return [AlertAcknowledged(**place(loaded), at=at, by_role=last.by if last else "system")]


def promise_of(policy: Policy) -> timedelta:
    """How long the first action may take; nothing where nothing is promised."""
    return policy.act_within or timedelta(0)
