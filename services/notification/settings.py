"""Settings of notification."""

import hmac

from pydantic import Field, SecretStr, field_validator

from chassis.settings import DEVELOPMENT_SECRET, SmsSettings, SmtpSettings
from services.notification.quiet import parse


class NotificationSettings(SmsSettings, SmtpSettings):
    """Settings of notification, beside those of every service."""

    port: int = Field(8104, validation_alias="NOTIFICATION_PORT", ge=1, le=65535, description="Port to listen on.")
    waspada_minutes: float = Field(
        1440,
        validation_alias="ACKNOWLEDGE_WASPADA_MINUTES",
        gt=0,
        description="Time to answer at Waspada, minutes.",
    )
    look_minutes: float = Field(
        15,
        validation_alias="LOOK_MINUTES",
        gt=0,
        description="Time to answer a request to look, minutes; then the next office is asked.",
    )
    siaga_minutes: float = Field(
        60,
        validation_alias="ACKNOWLEDGE_SIAGA_MINUTES",
        gt=0,
        description="Time to answer at Siaga, minutes.",
    )
    awas_minutes: float = Field(
        15, validation_alias="ACKNOWLEDGE_AWAS_MINUTES", gt=0, description="Time to answer at Awas, minutes."
    )
    siaga_action_minutes: float = Field(
        120,
        validation_alias="ACT_SIAGA_MINUTES",
        gt=0,
        description="Time until the first action of who took an alert at Siaga, minutes; half of it after a reminder.",
    )
    awas_action_minutes: float = Field(
        30, validation_alias="ACT_AWAS_MINUTES", gt=0, description="The same at Awas, minutes."
    )
    look_action_minutes: float = Field(
        60, validation_alias="ACT_LOOK_MINUTES", gt=0, description="The same of who said they would look, minutes."
    )
    answer_link_hours: float = Field(
        24,
        validation_alias="ANSWER_LINK_HOURS",
        gt=0,
        description="How long an alert can be answered by the link of its message, hours.",
    )
    retry_seconds: float = Field(
        2.0,
        validation_alias="ALERT_RETRY_SECONDS",
        gt=0,
        description="First pause after a failed delivery of an alert, seconds; later ones follow its multiples.",
    )
    quiet_hours: str = Field(
        "21:00-05:00",
        validation_alias="QUIET_HOURS",
        description="When directives, reminders of duty and questions of citizens ring nobody's telephone, in the "
        "local time of each office; officials may have their own. Empty: never. Alerts and requests to look always do.",
    )
    graph_url: str = Field(
        "http://127.0.0.1:8082/v23.0",
        validation_alias="WHATSAPP_GRAPH_URL",
        pattern=r"^https?://",
        description="Graph API with its version; the simulator by default.",
    )
    whatsapp_number_id: str = Field(
        "62810000000", validation_alias="WHATSAPP_NUMBER_ID", description="Id of our number at Meta."
    )
    whatsapp_token: SecretStr = Field(
        SecretStr(DEVELOPMENT_SECRET),
        validation_alias="WHATSAPP_TOKEN",
        description="Bearer token of the Graph API.",
    )
    whatsapp_template: str = Field(
        "rukun_peringatan",
        validation_alias="WHATSAPP_ALERT_TEMPLATE",
        description="Approved template of an alert: level, place, link.",
    )
    whatsapp_look_template: str = Field(
        "rukun_minta_periksa",
        validation_alias="WHATSAPP_LOOK_TEMPLATE",
        description="Approved template of a request to look: place, link.",
    )
    whatsapp_check_template: str = Field(
        "rukun_uji_saluran",
        validation_alias="WHATSAPP_CHECK_TEMPLATE",
        description="Approved template that asks whether messages come: link.",
    )
    whatsapp_duty_template: str = Field(
        "rukun_piket",
        validation_alias="WHATSAPP_DUTY_TEMPLATE",
        description="Approved template that tells somebody of their turn on duty: office, until when, link.",
    )
    whatsapp_directive_template: str = Field(
        "rukun_arahan",
        validation_alias="WHATSAPP_DIRECTIVE_TEMPLATE",
        description="Approved template of a directive: what it is (new, reminder, withdrawn), title, link.",
    )
    webhook_secret: SecretStr = Field(
        SecretStr("whsec_ZGV2ZWxvcG1lbnQtb25seS1zZWNyZXQtY2hhbmdlLW1l"),
        validation_alias="ALERT_WEBHOOK_SECRET",
        description="Signs alert webhooks (Standard Webhooks, `whsec_…`).",
    )

    @field_validator("quiet_hours")
    @classmethod
    def _are_hours(cls, value: str) -> str:
        parse(value)
        return value

    @property
    def link_key(self) -> bytes:
        """Proves that the link of a message is ours. Of the secret of sessions: who has that can sign in as anybody."""
        return hmac.digest(self.session_secret.get_secret_value().encode(), b"links of messages", "sha256")
