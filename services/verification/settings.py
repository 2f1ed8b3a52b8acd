"""Settings of verification."""

from pydantic import Field, SecretStr

from chassis.settings import DEVELOPMENT_SECRET, Settings


class VerificationSettings(Settings):
    """Settings of verification, beside those of every service."""

    port: int = Field(8102, validation_alias="VERIFICATION_PORT", ge=1, le=65535, description="Port to listen on.")
    grouping_days: int = Field(
        14,
        validation_alias="GROUPING_DAYS",
        ge=1,
        le=365,
        description="A report joins an open case only within so many days of its last report.",
    )
    audit_key: SecretStr = Field(
        SecretStr(DEVELOPMENT_SECRET),
        validation_alias="AUDIT_KEY",
        min_length=32,
        description="Signs the checkpoints of what is recorded and seals who did it; the same for intake and "
        "verification.",
    )
    checkpoint_minutes: int = Field(
        60,
        validation_alias="AUDIT_CHECKPOINT_MINUTES",
        ge=1,
        le=1440,
        description="How often checkpoints are signed.",
    )
