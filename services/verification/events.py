"""What verification hears: reports, levels, alerts."""

from datetime import timedelta

from chassis.clock import now
from chassis.concurrency import by_subject
from chassis.consumer import Table
from contracts.envelope import Heard
from contracts.events import (
    AlertAcknowledged,
    AlertClimbed,
    AlertRaised,
    LevelChanged,
    ReportSubmitted,
    ReportSupplemented,
)
from services.verification import commands
from services.verification.settings import VerificationSettings
from services.verification.store import Store


def table(store: Store, settings: VerificationSettings) -> Table:
    """Event type → handler."""
    within = timedelta(days=settings.grouping_days)

    async def reports(heard: list[Heard]) -> None:
        submitted = [each.event for each in heard if isinstance(each.event, ReportSubmitted)]
        await commands.take_in(store, submitted, now(), within)

    async def supplements(heard: list[Heard]) -> None:
        await by_subject(heard, lambda each: commands.take_answer(store, each))

    async def levels(heard: list[Heard]) -> None:
        await by_subject(heard, lambda each: commands.take_level(store, each))

    async def alerts(heard: list[Heard]) -> None:
        await by_subject(heard, lambda each: commands.take_alert(store, each), commands.case_of_alert)

    return {
        ReportSubmitted: reports,
        ReportSupplemented: supplements,
        LevelChanged: levels,
        AlertRaised: alerts,
        AlertClimbed: alerts,
        AlertAcknowledged: alerts,
    }
