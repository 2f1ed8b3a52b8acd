"""What may happen to a case when."""

from datetime import UTC, datetime

import pytest

from chassis.problems import Problem
from contracts.events import CaseStatusChanged, CaseVerified, ReportsJoined, ReportSubmitted
from contracts.examples import example
from contracts.vocabulary import Outcome, Status, Verdict
from services.verification import model
from services.verification.model import MOVES, By, Case, Check
from services.verification.timeline import first_break

AT = datetime(2026, 11, 21, 8, tzinfo=UTC)
BY = By("Kepala KUA Gambir", AT)
REPORT = example(ReportSubmitted)
FOUND = Check(verdict=Verdict.TERVERIFIKASI, source_grade="B", information_grade=2)
HOAX = Check(verdict=Verdict.HOAKS, source_grade="E", information_grade=5)


def case_at(status: Status) -> Case:
    case, _ = model.open_case("c", REPORT)
    model.join("c", case, [REPORT, REPORT.model_copy(update={"report_id": "2"})], AT)
    case.status = status
    return case


COMMANDS = {
    "assign": lambda case: model.assign("c", case, "KUA Gambir", BY),
    "verify": lambda case: model.verify("c", case, FOUND, BY),
    "ask": lambda case: model.ask("c", case, REPORT.report_id, "m", "Apa?", True, BY),
    "split": lambda case: model.split("c", case, "2", BY),
    "act": lambda case: model.act("c", case, "Musyawarah", BY),
    "close": lambda case: model.close("c", case, Outcome.MEREDA, "", BY),
    "reopen": lambda case: model.reopen("c", case, "Ada kabar baru", BY),
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
    assert refused.value.more["possible"] == model.possible(case)


def test_whole_way_ends_closed_with_an_unbroken_chain() -> None:
    case = case_at(Status.BARU)
    for move in ("assign", "verify", "ask", "act", "close", "reopen"):
        COMMANDS[move](case)
    assert case.status is Status.DIPERIKSA
    assert first_break([each.model_dump(mode="json") for each in case.timeline]) is None


def test_unfounded_verdict_ends_the_case() -> None:
    case = case_at(Status.DIPERIKSA)
    events = model.verify("c", case, HOAX, BY)
    assert [type(each) for each in events] == [CaseVerified, CaseStatusChanged]
    assert (case.status, case.outcome) == (Status.DITUTUP, Outcome.TIDAK_TERBUKTI)


def test_report_that_is_in_the_case_joins_once() -> None:
    case = case_at(Status.BARU)
    assert model.join("c", case, [REPORT], AT) == []


def test_many_reports_are_one_step_of_the_timeline() -> None:
    case, _ = model.open_case("c", REPORT)
    many = [REPORT.model_copy(update={"report_id": str(n)}) for n in range(1000)]
    events = model.join("c", case, many, AT)
    assert len(case.timeline) == 2
    assert isinstance(events[0], ReportsJoined)
    assert len(events[0].reports) == 1000


@pytest.mark.parametrize(
    "tamper",
    [
        lambda t: t[1].update(text="lain"),
        lambda t: t[1].update(at="2026-11-20T00:00:00Z"),
        lambda t: t[1].update(by="orang lain"),
        lambda t: t.pop(1),
        lambda t: t.reverse(),
        lambda t: t[1].update(hash="0" * 64),
    ],
)
def test_outsider_sees_any_change_of_the_timeline(tamper: object) -> None:
    case = case_at(Status.BARU)
    COMMANDS["assign"](case)
    shown = [each.model_dump(mode="json") for each in case.timeline]
    assert first_break(shown) is None
    tamper(shown)  # type: ignore[operator]
    assert first_break(shown) is not None
