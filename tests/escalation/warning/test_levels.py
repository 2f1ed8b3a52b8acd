"""Raised at once, lowered after two quiet weeks."""

from datetime import date, timedelta

import pytest

from contracts.vocabulary import Level
from services.escalation.warning.levels import Finding, Standing, Thresholds, Word, found_level, speak, step

DAY = date(2026, 2, 27)
LIMITS = Thresholds(waspada=2.1, siaga=2.8)


@pytest.mark.parametrize(
    ("score", "chance1", "chance2", "level"),
    [
        (0.0, 0.3, 0.1, Level.NORMAL),
        (2.0, 0.3, 0.9, Level.NORMAL),
        (2.1, 0.3, 0.1, Level.WASPADA),
        (0.0, 0.51, 0.1, Level.WASPADA),
        (2.1, 0.3, 0.5, Level.SIAGA),
        (2.8, 0.0, 0.0, Level.SIAGA),
        (99.0, 1.0, 1.0, Level.SIAGA),
    ],
)
def test_finding_gives_its_level(score: float, chance1: float, chance2: float, level: Level) -> None:
    finding = Finding(score=score, chance1=chance1, chance2=chance2)
    assert found_level(finding, LIMITS, top_chance=0.5) is level
    assert found_level(finding.model_copy(update={"ready": False}), LIMITS, 0.5) is Level.NORMAL


def after(*found: tuple[Level, int]) -> Standing:
    standing = Standing()
    for level, days in found:
        standing = step(standing, level, DAY + timedelta(days=days))
    return standing


def test_raised_at_once_and_lowered_after_two_quiet_weeks_across_a_month_end() -> None:
    assert after((Level.SIAGA, 0)).level is Level.SIAGA
    assert after((Level.SIAGA, 0), (Level.NORMAL, 13)).level is Level.SIAGA
    assert after((Level.SIAGA, 0), (Level.NORMAL, 14)).level is Level.NORMAL


def test_lowered_step_by_step_when_only_the_lower_one_is_still_found() -> None:
    assert after((Level.SIAGA, 0), (Level.WASPADA, 10), (Level.WASPADA, 14)).level is Level.WASPADA


def test_clock_that_jumps_back_forgets_nothing() -> None:
    standing = after((Level.SIAGA, 5), (Level.NORMAL, -300))
    assert standing.siaga_on == DAY + timedelta(days=5)
    assert step(standing, Level.NORMAL, DAY + timedelta(days=6)).level is Level.SIAGA


def test_word_that_lowers_holds_two_weeks_unless_more_is_found() -> None:
    word = Word(level=Level.NORMAL, found=Level.WASPADA, on=DAY, reason="Sudah dicek", office="Kasi")
    standing = speak(after((Level.WASPADA, 0)), word)
    assert standing.level is Level.NORMAL
    assert step(standing, Level.WASPADA, DAY + timedelta(days=13)).level is Level.NORMAL
    assert step(standing, Level.WASPADA, DAY + timedelta(days=14)).level is Level.WASPADA
    assert step(standing, Level.SIAGA, DAY + timedelta(days=1)).level is Level.SIAGA
