"""Settings of verification."""

from pydantic import Field

from chassis.settings import AuditedSettings


class VerificationSettings(AuditedSettings):
    """Settings of verification, beside those of every service."""

    port: int = Field(8102, validation_alias="VERIFICATION_PORT", ge=1, le=65535, description="Port to listen on.")
    grouping_days: int = Field(
        14,
        validation_alias="GROUPING_DAYS",
        ge=1,
        le=365,
        description="A report joins an open case only within so many days of its last report.",
    )
