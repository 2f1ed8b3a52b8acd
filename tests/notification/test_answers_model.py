"""What officials answer, what that promises, and everything at once."""

import contextlib
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench import nation
from chassis.aggregates import Aggregate
from chassis.problems import Problem
from contracts.events import (
    AlertClimbed,
    AlertUnanswered,
)
from contracts.vocabulary import Level, Rung
from services.notification import answers, model
from services.notification.model import Alert, Contact, State
from services.notification.policy import LOOK, Key
from tests.clocks import clock
from tests.notification.parts import (
    FULL,
    HOUR,
    POLICIES,
    ROLES,
    asked,
    climb,
    deliveries,
    directory,
    policy,
    promise,
    raised,
    refuse,
    said,
    take,
)

pytestmark = pytest.mark.usefixtures("set_clock")


def test_it_climbs_to_the_top_and_then_alarms() -> None:
    who = {**FULL, "ID": [*FULL["ID"], Contact("operator", "admin", ("email",))]}
    alert, _ = raised(Level.SIAGA, who)
    at = clock.at
    for rung in (Rung.PROVINSI, Rung.PUSAT):
        at += HOUR
        events = climb(alert, at, who)
        assert events
        assert isinstance(events[0], AlertClimbed)
        assert alert.state.rung is rung
    events = climb(alert, at + HOUR, who)
    assert events
    assert isinstance(events[0], AlertUnanswered)
    assert {each.recipient for each in deliveries(alert, "unanswered")} == {"operator"}
    assert "operator" not in {each.recipient for each in deliveries(alert, "call")}
    assert climb(alert, at + 9 * HOUR, who) is None
    take(alert, "31")
    assert alert.state.state is State.ACKNOWLEDGED


def test_it_does_not_climb_before_its_time_nor_after_an_answer() -> None:
    alert, _ = raised(Level.WASPADA)
    assert climb(alert, clock.at) is None
    take(alert, "31.71")
    assert climb(alert, clock.at + 2 * HOUR) is None


def test_acknowledged_alert_stops_and_cannot_be_taken_twice() -> None:
    alert, _ = raised(Level.SIAGA)
    take(alert, "31.71")
    assert alert.state.state is State.ACKNOWLEDGED
    with pytest.raises(Problem, match="Sudah diterima"):
        take(alert, "31")


@pytest.mark.parametrize("level", [Level.SIAGA, Level.AWAS])
def test_penyuluh_alone_ends_no_climb_from_siaga_up(level: Level) -> None:
    alert, _ = raised(level)
    with pytest.raises(Problem, match="Perlu pejabat"):
        take(alert, "31.71.01", role="penyuluh")
    assert climb(alert, clock.at + HOUR)


def test_penyuluh_may_take_what_is_at_waspada() -> None:
    alert, _ = raised(Level.WASPADA)
    assert take(alert, "31.71.01", role="penyuluh")


def test_awas_needs_kecamatan_and_kabupaten() -> None:
    alert, _ = raised(Level.AWAS)
    assert take(alert, "31.71.01") == []
    assert alert.state.state is State.RAISED
    with pytest.raises(Problem, match="Sudah diterima"):
        take(alert, "31.71.01", who="another")
    assert take(alert, "31.71")
    assert alert.state.state is State.ACKNOWLEDGED


def test_province_alone_is_not_enough_while_those_below_may_still_answer() -> None:
    alert, _ = raised(Level.AWAS)
    assert take(alert, "31") == []
    assert take(alert, "31.71") == []
    assert climb(alert, clock.at + HOUR)  # the kecamatan was silent: the province stands for it
    assert alert.state.state is State.ACKNOWLEDGED


@pytest.mark.parametrize("empty", ["31.71.01", "31.71"])
def test_empty_rung_is_filled_from_above(empty: str) -> None:
    who = directory(*(each for each in ROLES if each != empty))
    alert, _ = raised(Level.AWAS, who)
    below = "31.71" if empty == "31.71.01" else "31.71.01"
    assert take(alert, below) == []
    assert take(alert, "31")
    assert alert.state.state is State.ACKNOWLEDGED


def test_single_office_of_a_country_settles_when_there_is_nobody_else() -> None:
    who = directory("31.71")
    alert, _ = raised(Level.AWAS, who)
    assert take(alert, "31.71") == []
    assert climb(alert, clock.at + HOUR, who)
    assert alert.state.state is State.ACKNOWLEDGED


def test_who_cannot_lets_the_next_one_be_called_at_once() -> None:
    alert, _ = raised(Level.SIAGA)
    soon = clock.at + timedelta(minutes=1)
    assert climb(alert, soon) is None
    refuse(alert, "31.71", soon)
    assert climb(alert, soon)
    assert alert.state.rung is Rung.PROVINSI
    assert alert.state.deadline == soon + HOUR


def test_refusal_of_one_takes_no_time_from_another() -> None:
    alert, _ = raised(Level.AWAS)
    soon = clock.at + timedelta(minutes=1)
    take(alert, "31", soon)
    refuse(alert, "31.71.01", soon)
    assert climb(alert, soon)
    assert alert.state.state is State.RAISED  # the kabupaten may still answer
    assert take(alert, "31.71", soon)


def test_two_heads_of_an_office_are_two_answers() -> None:
    who = {**FULL, "31.71": [*FULL["31.71"], Contact("second", "kasi", ("email",))]}
    alert, _ = raised(Level.AWAS, who)
    soon = clock.at + timedelta(minutes=1)
    take(alert, "31.71.01", soon)
    take(alert, "31", soon)
    refuse(alert, "31.71", soon, who="one")
    climb(alert, soon, who)
    assert alert.state.state is State.RAISED  # the other kasi may still answer
    refuse(alert, "31.71", soon, who="other")
    climb(alert, soon, who)
    assert alert.state.state is State.ACKNOWLEDGED


def test_refusal_counts_once_and_only_of_who_was_called() -> None:
    alert, _ = raised(Level.SIAGA)
    refuse(alert, "31.71", clock.at)
    for office in ("31.71", "31"):
        with pytest.raises(Problem, match="Tidak ada yang ditanyakan"):
            refuse(alert, office, clock.at)
    assert len(alert.state.refusals) == 1


def test_refusal_where_nobody_is_left_to_call_is_no_alarm_yet() -> None:
    who = directory("31.71.01", "31.71")
    alert, _ = raised(Level.SIAGA, who)
    soon = clock.at + timedelta(minutes=1)
    refuse(alert, "31.71", soon)
    assert climb(alert, soon, who) == []
    assert alert.state.deadline == clock.at + HOUR
    assert take(alert, "31.71.01")


def test_refusal_of_who_may_not_take_it_moves_nothing() -> None:
    alert, _ = raised(Level.SIAGA)
    soon = clock.at + timedelta(minutes=1)
    refuse(alert, "31.71.01", soon, role="penyuluh")
    assert climb(alert, soon) is None
    assert (alert.state.called, len(alert.state.refusals)) == (["31.71.01", "31.71"], 1)


@pytest.mark.parametrize("level", [Level.SIAGA, Level.AWAS])
def test_broken_promise_is_reminded_then_everybody_is_called_again(level: Level) -> None:
    alert = promise(level)
    climb(alert, clock.at + HOUR)
    takers = {"o-31.71.01", "o-31.71"} if level is Level.AWAS else {"o-31.71.01"}
    assert {each.recipient for each in deliveries(alert, "reminder")} == takers
    assert alert.state.state is State.ACKNOWLEDGED
    events = climb(alert, clock.at + 1.5 * HOUR)
    assert events
    assert isinstance(events[0], AlertClimbed)
    again = {each.recipient for each in deliveries(alert, "call") if each.content["call"] == 2}
    assert again >= {"o-31.71.01", "o-31.71", "o-31"}
    with pytest.raises(Problem, match="Tidak dapat diterima lagi"):
        take(alert, "31.71.01", who="kua")
    take(alert, "31.71.01", who="somebody else there")


@pytest.mark.parametrize("level", [Level.SIAGA, Level.AWAS])
def test_kept_promise_ends_the_matter(level: Level) -> None:
    alert = promise(level)
    assert answers.act(alert, policy(alert), clock.at + timedelta(minutes=5)) == []
    assert climb(alert, clock.at + 9 * HOUR) is None
    assert answers.act(alert, policy(alert), clock.at + HOUR) is None


def test_promise_is_not_put_off_by_handing_it_to_and_fro() -> None:
    alert = promise(Level.SIAGA)
    answers.take_over(alert, said("31.71", who="kasi"), policy(alert))
    for office in ("31.71.01", "31.71"):
        with pytest.raises(Problem, match="Tidak dapat diambil alih"):
            answers.take_over(alert, said(office, who="again"), policy(alert))


def test_late_action_of_who_broke_the_promise_ends_the_matter() -> None:
    alert = promise(Level.AWAS)
    climb(alert, clock.at + HOUR)
    climb(alert, clock.at + 1.5 * HOUR)
    assert alert.state.state is State.RAISED
    assert answers.act(alert, policy(alert), clock.at + 2 * HOUR)
    assert (alert.state.state, alert.state.deadline) == (State.ACKNOWLEDGED, None)


def test_action_without_a_word_stops_the_climb_but_at_awas_alone_no_second_office_is_spared() -> None:
    siaga, _ = raised(Level.SIAGA)
    assert answers.act(siaga, policy(siaga), clock.at)
    assert siaga.state.state is State.ACKNOWLEDGED
    awas, _ = raised(Level.AWAS)
    assert answers.act(awas, policy(awas), clock.at) == []
    assert climb(awas, clock.at + HOUR)
    climb(awas, clock.at + 2 * HOUR)
    assert awas.state.state is State.ACKNOWLEDGED  # everybody was called, and somebody had acted: no alarm
    assert awas.state.unanswered_at is None


def test_look_ends_with_the_verdict() -> None:
    look, _ = asked()
    assert answers.act(look, policy(look), clock.at) == []
    assert (look.state.state, look.state.deadline) == (State.ENDED, None)


def test_who_looks_has_to_let_the_result_be_recorded() -> None:
    look, _ = asked()
    take(look, "31.71.01", role="penyuluh")
    climb(look, clock.at + HOUR)
    assert {each.recipient for each in deliveries(look, "reminder")} == {"o-31.71.01"}  # the head, who can record it
    climb(look, clock.at + 1.5 * HOUR)
    assert look.state.called == ["31.71.01", "31.71"]


def test_message_that_is_no_longer_true_is_not_sent() -> None:
    alert = promise(Level.SIAGA)
    climb(alert, clock.at + HOUR)
    call, reminder = deliveries(alert, "call")[0], deliveries(alert, "reminder")[0]
    assert all(model.holds(each.content, alert.state.model_dump()) for each in (call, reminder))
    climb(alert, clock.at + 1.5 * HOUR)
    assert not any(model.holds(each.content, alert.state.model_dump()) for each in (call, reminder))


def test_action_before_anybody_said_so_leaves_nothing_to_promise() -> None:
    alert, _ = raised(Level.AWAS)
    answers.act(alert, policy(alert), clock.at)
    take(alert, "31.71")
    take(alert, "31.71.01")
    assert (alert.state.state, alert.state.deadline) == (State.ACKNOWLEDGED, None)


def test_another_office_takes_over() -> None:
    alert, _ = raised(Level.SIAGA)
    with pytest.raises(Problem, match="Tidak dapat diambil alih"):
        answers.take_over(alert, said("31"), policy(alert))
    take(alert, "31.71")
    assert answers.take_over(alert, said("31"), policy(alert))
    assert alert.state.acknowledged_by == "31"


def test_alert_of_the_last_release_is_taken_by_one_as_before() -> None:
    alert, _ = raised(Level.AWAS)
    new = (
        "heads",
        "answer_until",
        "manned",
        "silent",
        "takings",
        "refusals",
        "lapsed",
        "reminded",
        "calls",
        "acted_at",
        "unanswered_at",
    )
    before = Alert.model_validate(alert.state.model_dump(exclude=set(new)))
    old = Aggregate("a", before, 1)
    assert take(old, "31.71.01")
    assert old.state.state is State.ACKNOWLEDGED
    taken = Aggregate("b", before.model_copy(update={"state": State.ACKNOWLEDGED}), 1)
    assert answers.take_over(taken, said("31"), policy(taken))


def test_request_to_look_that_is_answered_asks_nobody_else_and_publishes_nothing() -> None:
    look, _ = asked()
    assert take(look, "31.71.01", role="penyuluh") == []
    answers.act(look, policy(look), clock.at)
    assert climb(look, clock.at + HOUR) is None


OFFICES = list(ROLES)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["take", "refuse", "over", "act", "climb", "end"]),
        st.sampled_from(OFFICES),
        st.sampled_from(["u", "v"]),
        st.integers(-90, 90),
    ),
    max_size=25,
)


@given(st.sampled_from(list(POLICIES)), st.sets(st.sampled_from(OFFICES)), STEPS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_said_and_however_the_clock_jumps(
    key: Key, manned: set[str], steps: list[tuple[str, str, str, int]]
) -> None:
    """An alert that waits for somebody has a deadline or has rung its alarm; nobody gets one thing twice."""
    who = directory(*manned)
    alert, _ = asked(who) if key == LOOK else raised(Level(int(key)), who)
    at = clock.at
    for what, office, account, minutes in steps:
        at += timedelta(minutes=minutes)
        with contextlib.suppress(Problem):
            {
                "take": lambda office=office, account=account, at=at: take(alert, office, at, who=account + office),
                "refuse": lambda office=office, account=account, at=at: refuse(alert, office, at, who=account + office),
                "over": lambda office=office, account=account, at=at: answers.take_over(
                    alert, said(office, at, account + office), policy(alert)
                ),
                "act": lambda at=at: answers.act(alert, policy(alert), at),
                "climb": lambda at=at: climb(alert, at, who),
                "end": lambda at=at: model.end(alert, at),
            }[what]()  # type: ignore[no-untyped-call]
        state = alert.state
        waits = state.state is State.RAISED and state.unanswered_at is None
        assert state.deadline is not None or not waits
        assert state.state is not State.ACKNOWLEDGED or state.takings or state.acted_at
        promised = state.case_id and key not in (LOOK, Level.WASPADA) and state.acted_at is None
        assert state.state is not State.ACKNOWLEDGED or state.deadline is not None or not promised
        assert state.state is not State.ENDED or state.deadline is None
    sent = [(d.recipient, d.channel, d.content["purpose"], d.content["call"]) for d in deliveries(alert)]
    assert len(sent) == len(set(sent))


def test_simulated_nation_has_no_fault() -> None:
    """Shorter than `python -m bench.nation`, which has other seeds."""
    log, counted, faults = nation.play_all(seed=7, alerts=150)
    assert faults == []
    assert counted["acted"] > 100
    assert counted["nobody reached"] > 0
    assert nation.play_all(seed=7, alerts=150)[0] == log
