"""What may happen to a case when."""

from collections.abc import Callable
from typing import Any

import pytest

from chassis.aggregates import Aggregate
from chassis.problems import Problem
from contracts.base import Event
from contracts.events import CaseOpened, CaseStatusChanged, CaseVerified, ReportsJoined, ReportSubmitted
from contracts.vocabulary import Outcome, Stage, Status, Supplement, Verdict
from services.verification import model, wording
from services.verification.carrying import model as carrying
from services.verification.model import MOVES, By, Case, Check, Loaded
from services.verification.timeline import first_break
from tests.clocks import clock

pytestmark = pytest.mark.usefixtures("set_clock")
FOUND = Check(verdict=Verdict.TERVERIFIKASI, source_grade="B", information_grade=2)
REGION = "31.71.01"
HOAX = Check(verdict=Verdict.HOAKS, source_grade="E", information_grade=5)


def report(report_id: str = "1") -> ReportSubmitted:
    return clock.example(ReportSubmitted, report_id=report_id)


def by() -> By:
    return By("Kepala KUA Gambir", clock.at)


def new_case() -> Loaded:
    return Aggregate("c", model.begin("c", report()))


def case_at(status: Status) -> Loaded:
    case = new_case()
    model.join(case, [report("1"), report("2")], (), clock.at)
    case.state.status = status
    return case


def saved(case: Loaded, projected: bool = True) -> Loaded:
    """As it is loaded the next time."""
    return Aggregate(case.id, case.state, version=case.version + 1, unprojected=not projected)


def steps(case: Loaded) -> list[dict[str, Any]]:
    found = [each.document for each in case.projections if each.collection == model.TIMELINE]
    return [{name: value for name, value in each.items() if name not in ("_id", "case_id")} for each in found]


COMMANDS: dict[str, Callable[[Loaded], list[Event]]] = {
    "assign": lambda case: model.assign(case, "KUA Gambir", by()),
    "verify": lambda case: model.verify(case, FOUND, by()),
    "ask": lambda case: model.ask(case, "1", "m", "Apa?", True, by()),
    "split": lambda case: model.split(case, "2", by()),
    "act": lambda case: model.act(case, "Musyawarah", by()),
    "close": lambda case: model.close(case, Outcome.MEREDA, "Warga sepakat bermusyawarah.", by()),
    "reopen": lambda case: model.reopen(case, "Ada kabar baru", by()),
    "merge": lambda case: carrying.claim(case, "k2", "merge"),
    "move": lambda case: carrying.claim(case, "k3", "move"),
}


@pytest.mark.parametrize("move", COMMANDS)
@pytest.mark.parametrize("status", list(Status))
def test_step_is_allowed_or_refused_with_what_is_possible(move: str, status: Status) -> None:
    case = case_at(status)
    if status in MOVES[move]:
        COMMANDS[move](case)
        return
    with pytest.raises(Problem) as refused:
        COMMANDS[move](case)
    assert refused.value.status == 409
    assert refused.value.more["possible"] == model.possible(case.state)


def test_whole_way_has_an_unbroken_chain_with_a_sentence_a_step() -> None:
    case = case_at(Status.BARU)
    for move in ("assign", "verify", "ask", "act", "close", "reopen"):
        COMMANDS[move](case)
    assert case.state.status is Status.DIPERIKSA
    chain = steps(case)
    assert first_break(chain) is None
    assert (len(chain), chain[-1]["hash"]) == (case.state.steps, case.state.head)
    assert all(wording.text(each, REGION) not in ("", each["kind"]) for each in chain)


def test_unfounded_verdict_ends_the_case() -> None:
    case = case_at(Status.DIPERIKSA)
    events = model.verify(case, HOAX, by())
    assert [type(each) for each in events] == [CaseVerified, CaseStatusChanged]
    assert (case.state.status, case.state.outcome, case.state.open) == (
        Status.DITUTUP,
        Outcome.TIDAK_TERBUKTI,
        False,
    )


@pytest.mark.parametrize("known", [(), ("1",)])
def test_report_that_is_in_the_case_joins_once(known: tuple[str, ...]) -> None:
    case = case_at(Status.BARU)
    if known:
        case.state.recent_reports.clear()  # long ago: only its member document knows
    assert model.join(case, [report("1")], known, clock.at) == []


def test_first_reports_open_the_case_and_later_ones_do_not() -> None:
    case = new_case()
    assert [type(each) for each in model.join(case, [report("1")], (), clock.at)] == [CaseOpened, ReportsJoined]
    assert [type(each) for each in model.join(saved(case), [report("2")], (), clock.at)] == [ReportsJoined]


def test_a_case_does_not_grow_with_its_reports() -> None:
    case = new_case()
    for n in range(40):
        many = [report(f"{n}-{each}") for each in range(100)]
        events = model.join(case, many, (), clock.at)
        assert len(events[-1].reports) == 100  # type: ignore[attr-defined]
        case = saved(case)
    assert case.state.report_count == 4000
    assert len(case.state.recent_reports) <= 500
    assert len(case.state.model_dump_json()) < 40_000


def test_ids_are_remembered_until_their_members_are_written() -> None:
    case = new_case()
    for n in range(10):
        model.join(case, [report(f"{n}-{each}") for each in range(100)], (), clock.at)
        case = saved(case, projected=False)
    assert len(case.state.recent_reports) == 1000


def test_many_reports_are_one_step_of_the_timeline() -> None:
    case = new_case()
    model.join(case, [report(str(n)) for n in range(1000)], (), clock.at)
    assert case.state.steps == 2
    assert "dan 995 lagi" in wording.text(steps(case)[1], REGION)


@pytest.mark.parametrize(
    "tamper",
    [
        lambda t: t[1]["values"].update(count=7),
        lambda t: t[1].update(at="2026-11-20T00:00:00Z"),
        lambda t: t[1].update(by="orang lain"),
        lambda t: t.pop(1),
        lambda t: t.reverse(),
        lambda t: t[1].update(hash="0" * 64),
    ],
)
def test_outsider_sees_any_change_of_the_timeline(tamper: Callable[[list[dict[str, Any]]], object]) -> None:
    case = case_at(Status.BARU)
    COMMANDS["assign"](case)
    shown = steps(case)
    assert first_break(shown) is None
    tamper(shown)
    assert first_break(shown) is not None


def test_case_of_the_last_release_goes_on_with_its_chain() -> None:
    old = Aggregate("c", case_at(Status.BARU).state.model_copy())
    before = {
        **old.state.model_dump(mode="json", exclude={"steps", "head", "open", "recent_reports", "report_count"}),
        "report_ids": ["1", "2"],
        "timeline": [
            {"n": 1, "at": clock.at.isoformat(), "kind": "opened", "by": "Sistem", "text": "Kasus dibuka",
             "previous": "0" * 64, "hash": "a" * 64}
        ],
    }  # fmt: skip
    case = Aggregate("c", Case.model_validate(model.upgrade_to_2(before)), version=3)
    model.assign(case, "KUA Gambir", by())
    assert (case.state.report_count, case.state.steps) == (2, 2)
    assert steps(case)[0]["previous"] == "a" * 64
    assert wording.text(case.state.earlier_steps[0].model_dump(), REGION) == "Kasus dibuka"


def test_duplicate_names_the_case_that_it_is_one_of() -> None:
    check = Check(verdict=Verdict.DUPLIKAT, source_grade="B", information_grade=2)
    with pytest.raises(Problem) as refused:
        model.verify(case_at(Status.BARU), check, by())
    assert refused.value.status == 422


def test_case_whose_reports_are_elsewhere_names_where_and_does_nothing_more() -> None:
    case = case_at(Status.DITANGANI)
    (closed,) = carrying.leave(case, "merged", "K-2", "Kejadian yang sama.", by())
    assert isinstance(closed, CaseStatusChanged)
    assert (closed.status, closed.outcome, case.state.verdict) == (Status.DITUTUP, None, None)
    assert carrying.leave(case, "merged", "K-2", "Kejadian yang sama.", by()) == []
    assert model.possible(case.state) == []
    with pytest.raises(Problem, match="digabungkan"):
        COMMANDS["reopen"](case)


def other(**change: Any) -> Case:
    return new_case().state.model_copy(update=change)


NEXT_DOOR = {"region": "31.71.02", "jurisdiction": ("ID", "31", "31.71", "31.71.02")}


@pytest.mark.parametrize(
    ("case", "into"),
    [
        (other(), other(exercise=True)),
        (other(), other(jurisdiction=("ID", "31", "31.71"))),
        (other(jurisdiction=("ID", "31")), other(**NEXT_DOOR)),
        (other(**NEXT_DOOR), other(jurisdiction=("ID", "31"))),
        (other(level=2), other(level=1)),
        (other(verdict=Verdict.TERVERIFIKASI), other()),
        (other(), other(status=Status.DITUTUP)),
        (other(), other(going_to="c")),
    ],
)
def test_what_must_not_be_merged_is_refused(case: Case, into: Case) -> None:
    with pytest.raises(Problem) as refused:
        carrying.may_merge(case, into)
    assert refused.value.status == 409


def test_cases_of_two_kecamatan_may_be_one() -> None:
    carrying.may_merge(other(), other(**NEXT_DOOR))
    carrying.may_merge(other(jurisdiction=("ID", "31", "31.71")), other(**NEXT_DOOR))


def test_case_that_is_leaving_is_left_alone_and_can_stay_after_all() -> None:
    case = case_at(Status.DITANGANI)
    carrying.claim(case, "k2", "merge")
    carrying.claim(case, "k2", "merge")
    for move in ("act", "close", "merge", "move"):
        if move != "merge":
            with pytest.raises(Problem):
                COMMANDS[move](case)
    with pytest.raises(Problem):
        carrying.claim(case, "k9", "move")
    carrying.stay(case, 1, ["2"])
    assert (case.state.report_count, case.state.recent_reports) == (1, ["2"])
    COMMANDS["act"](case)


@pytest.mark.parametrize("kind", [Supplement.ANSWER, Supplement.ADDITION, Supplement.CORRECTION])
def test_news_of_a_reporter_opens_a_closed_case_again(kind: Supplement) -> None:
    case = case_at(Status.DITANGANI)
    COMMANDS["close"](case)
    (changed,) = model.supplemented(case, kind, "Besok mau kumpul lagi", clock.at)
    assert isinstance(changed, CaseStatusChanged)
    assert (changed.status, changed.previous, case.state.open) == (Status.DIPERIKSA, Status.DITUTUP, True)
    assert (case.state.outcome, case.state.verdict, case.state.closed_at) == (None, None, None)
    assert [each["kind"] for each in steps(case)][-1] == "reopened_by_reporter"
    assert model.supplemented(case, kind, "Lagi", clock.at) == []


def test_withdrawal_opens_nothing_again() -> None:
    case = case_at(Status.DITANGANI)
    COMMANDS["close"](case)
    assert model.supplemented(case, Supplement.WITHDRAWAL, "Ditarik", clock.at) == []
    assert case.state.status is Status.DITUTUP


def test_grave_case_is_closed_with_what_was_done() -> None:
    case = case_at(Status.DITANGANI)
    case.state.stage = Stage.ANCAMAN_MOBILISASI
    with pytest.raises(Problem) as refused:
        model.close(case, Outcome.MEREDA, "aman", by())
    assert refused.value.status == 422
    COMMANDS["close"](case)


def test_case_is_given_to_an_office_on_duty_and_to_nobody_behind_a_back() -> None:
    case = case_at(Status.BARU)
    for wrong in ("Polsek Antah Berantah", "KUA Menteng", ""):
        with pytest.raises(Problem) as refused:
            model.assign(case, wrong, by())
        assert refused.value.status == 422
        assert "KUA Gambir" in str(refused.value.detail)
    model.assign(case, "KUA Gambir", by(), "")
    with pytest.raises(Problem) as refused:
        model.assign(case, model.offices_of(case.state)[1], by(), "")
    assert refused.value.status == 409
    model.assign(case, model.offices_of(case.state)[1], by(), "KUA Gambir")
