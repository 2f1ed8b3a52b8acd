"""Settings of verification."""

from pydantic import Field

from chassis.settings import AuditedSettings


class VerificationSettings(AuditedSettings):
    """Settings of verification, beside those of every service."""

    port: int = Field(8102, validation_alias="VERIFICATION_PORT", ge=1, le=65535, description="Port to listen on.")
    checks_rate: str = Field(
        "30/minute",
        validation_alias="DOCUMENT_CHECKS_RATE",
        pattern=r"^[1-9]\d{0,5}/(second|minute|hour|day)$",
        description="Codes of documents that one address may look up.",
    )
    flood_reports: int = Field(
        30,
        validation_alias="FLOOD_REPORTS",
        ge=2,
        le=100_000,
        description="Unproven reports about one place within an hour from which the queue says that it is flooded.",
    )
    grouping_days: int = Field(
        14,
        validation_alias="GROUPING_DAYS",
        ge=1,
        le=365,
        description="A report joins an open case only within so many days of its last report.",
    )
