"""What reporters say of how their reports ended, counted for an office: a document for each word of theirs. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from chassis.language import N_, Labels
from contracts.vocabulary import Supplement

FEEDBACK = "feedback"
WITHIN = timedelta(days=90)
LABELS: Labels[str] = Labels(
    {
        Supplement.HELPED.value: N_("terbantu"),
        Supplement.OBJECTION.value: N_("keberatan"),
        Supplement.STILL_CALM.value: N_("tetap tenang"),
        Supplement.RECURRED.value: N_("terjadi lagi"),
    }
)
"""What is counted, in the order in which it is shown."""


def document_of(case_id: str, step: int, kind: Supplement, jurisdiction: Sequence[str], at: datetime) -> dict[str, Any]:
    """One word of a reporter, by the step of the case that tells of it: no text, and nobody's."""
    return {"_id": f"{case_id}:{step}", "kind": kind.value, "jurisdiction": list(jurisdiction), "at": at}
