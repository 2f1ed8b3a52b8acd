"""Settings of integration."""

from pydantic import Field

from chassis.settings import Settings


class IntegrationSettings(Settings):
    """Settings of integration, beside those of every service."""

    port: int = Field(8105, validation_alias="INTEGRATION_PORT", ge=1, le=65535, description="Port to listen on.")
    cap_sender: str = Field(
        "rukun@rukun.invalid", validation_alias="CAP_SENDER", description="Sender named in CAP alerts."
    )
    partner_token_days: int = Field(
        365,
        validation_alias="PARTNER_TOKEN_DAYS",
        ge=1,
        le=3650,
        description="Days for which a partner's token is valid.",
    )
    retry_seconds: float = Field(
        5.0,
        validation_alias="WEBHOOK_RETRY_SECONDS",
        gt=0,
        description="First pause after a failed webhook, seconds; later ones follow its multiples.",
    )
