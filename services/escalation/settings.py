"""Settings of escalation."""

from pydantic import Field

from chassis.settings import Settings


class EscalationSettings(Settings):
    """What escalation is told beside what every service is told."""

    port: int = Field(8103, validation_alias="ESCALATION_PORT", ge=1, le=65535, description="Port to listen on.")
    burn_in_weeks: int = Field(
        8,
        validation_alias="AREA_BURN_IN_WEEKS",
        ge=0,
        le=52,
        description="No statistical alarm of an area before so many weeks of reports: without history all is new.",
    )
