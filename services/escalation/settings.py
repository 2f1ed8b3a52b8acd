"""Settings of escalation."""

from pathlib import Path

from pydantic import Field, field_validator

from chassis.settings import Settings
from services.escalation.parameter_file import read_parameters


class EscalationSettings(Settings):
    """Settings of escalation, beside those of every service."""

    port: int = Field(8103, validation_alias="ESCALATION_PORT", ge=1, le=65535, description="Port to listen on.")
    burn_in_weeks: int = Field(
        8,
        validation_alias="AREA_BURN_IN_WEEKS",
        ge=0,
        le=52,
        description="No statistical alarm of an area before so many weeks of reports: without history all is new.",
    )
    parameters: Path | None = Field(
        None,
        validation_alias="AREA_PARAMETERS",
        description="Parameter set of the areas' statistics, a file that `rukun fit` wrote; the shipped one if empty.",
    )

    @field_validator("parameters")
    @classmethod
    def _parameters_can_be_read(cls, path: Path | None) -> Path | None:
        read_parameters(path)
        return path
