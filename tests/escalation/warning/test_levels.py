"""Raised at once, lowered after two quiet weeks."""

from datetime import date, timedelta

import pytest

from contracts.vocabulary import Level
from services.escalation.warning.levels import Finding, LevelState, Thresholds, apply_override, found_level, step

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


def test_first_of_a_quiet_country_is_not_watched() -> None:
    assert found_level(Finding(score=0, chance1=0.06, chance2=0), LIMITS, top_chance=0.02) is Level.NORMAL
    assert found_level(Finding(score=0, chance1=0.16, chance2=0), LIMITS, top_chance=0.02) is Level.WASPADA


def after(*found: tuple[Level, int]) -> LevelState:
    standing = LevelState()
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


def said(standing: LevelState, level: Level, found: Level = Level.NORMAL, days: int = 0) -> LevelState:
    return apply_override(standing, level, found, DAY + timedelta(days=days), "Sudah dicek", "Kasi")


def test_word_that_lowers_holds_two_weeks_unless_more_is_found() -> None:
    standing = said(after((Level.WASPADA, 0)), Level.NORMAL, Level.WASPADA)
    assert standing.level is Level.NORMAL
    assert step(standing, Level.WASPADA, DAY + timedelta(days=13)).level is Level.NORMAL
    assert step(standing, Level.WASPADA, DAY + timedelta(days=14)).level is Level.WASPADA
    assert step(standing, Level.SIAGA, DAY + timedelta(days=1)).level is Level.SIAGA


@pytest.mark.parametrize(
    ("before", "to"), [(Level.SIAGA, Level.WASPADA), (Level.AWAS, Level.SIAGA), (Level.AWAS, Level.WASPADA)]
)
def test_lowered_part_of_the_way_it_falls_to_normal_in_the_end(before: Level, to: Level) -> None:
    standing = said(after((Level.SIAGA, 0)), before)
    standing = said(standing, to, days=5)
    assert step(standing, Level.NORMAL, DAY + timedelta(days=6)).level is to
    assert step(standing, Level.NORMAL, DAY + timedelta(days=40)).level is Level.NORMAL


def test_confirming_the_level_does_not_nail_it_down() -> None:
    standing = said(after((Level.SIAGA, 0)), Level.SIAGA, days=3)
    assert step(standing, Level.NORMAL, DAY + timedelta(days=40)).level is Level.NORMAL


def test_what_is_found_again_after_it_was_gone_is_new() -> None:
    standing = said(after((Level.SIAGA, 0)), Level.NORMAL, Level.SIAGA)
    standing = step(standing, Level.SIAGA, DAY + timedelta(days=1))
    assert standing.level is Level.NORMAL
    standing = step(standing, Level.NORMAL, DAY + timedelta(days=8))
    assert step(standing, Level.SIAGA, DAY + timedelta(days=11)).level is Level.SIAGA


def test_awas_stays_until_the_next_word() -> None:
    standing = said(LevelState(), Level.AWAS)
    assert step(standing, Level.NORMAL, DAY + timedelta(days=400)).level is Level.AWAS
