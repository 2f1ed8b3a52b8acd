"""Settings of intake."""

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from chassis.deliveries.telegram import Bot
from chassis.settings import DEVELOPMENT_SECRET, AuditedSettings, SmsSettings, SmtpSettings
from services.intake.sealing import Seal

_SHORTEST_KEY = 32
_RATE = r"^[1-9]\d{0,5}/(second|minute|hour|day)$"


class IntakeSettings(SmsSettings, AuditedSettings, SmtpSettings):
    """Settings of intake, beside those of every service."""

    port: int = Field(8101, validation_alias="INTAKE_PORT", ge=1, le=65535, description="Port to listen on.")
    reports_rate: str = Field(
        "30/minute",
        validation_alias="REPORTS_RATE",
        pattern=_RATE,
        description="Reports by API and form that one address may send.",
    )
    lookups_rate: str = Field(
        "60/minute",
        validation_alias="LOOKUPS_RATE",
        pattern=_RATE,
        description="Tickets, places and questions that one address may look up, each.",
    )
    receipts_rate: str = Field(
        "10/hour",
        validation_alias="RECEIPTS_RATE",
        pattern=_RATE,
        description="Secret codes that may be tried for one ticket, by whomever.",
    )
    whatsapp_app_secret: SecretStr = Field(
        SecretStr(DEVELOPMENT_SECRET),
        validation_alias="WHATSAPP_APP_SECRET",
        description="Meta's app secret; signs webhooks.",
    )
    whatsapp_verify_token: SecretStr = Field(
        SecretStr(DEVELOPMENT_SECRET),
        validation_alias="WHATSAPP_VERIFY_TOKEN",
        description="Token of the webhook handshake.",
    )
    whatsapp_token: SecretStr = Field(
        SecretStr(DEVELOPMENT_SECRET),
        validation_alias="WHATSAPP_TOKEN",
        description="Bearer token of the Graph API.",
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
    whatsapp_knock_template: str = Field(
        "rukun_ada_pesan",
        validation_alias="WHATSAPP_KNOCK_TEMPLATE",
        description="Approved template without parameters, with one quick reply: a message waits, answer to read it.",
    )
    telegram_url: str = Field(
        "http://127.0.0.1:8082/telegram",
        validation_alias="TELEGRAM_URL",
        pattern=r"^https?://",
        description="Telegram's Bot API; the simulator by default, `https://api.telegram.org` in production.",
    )
    telegram_token: SecretStr = Field(
        SecretStr(DEVELOPMENT_SECRET),
        validation_alias="TELEGRAM_TOKEN",
        description="The bot's token; empty: no Telegram.",
    )
    telegram_secret: SecretStr = Field(
        SecretStr(DEVELOPMENT_SECRET),
        validation_alias="TELEGRAM_SECRET",
        description="`secret_token` of Telegram's webhook; empty: nothing is taken from it.",
    )
    sms_secret: SecretStr = Field(
        SecretStr(DEVELOPMENT_SECRET),
        validation_alias="SMS_SECRET",
        description="What the SMS gateway proves itself with, as a bearer token or the password of basic "
        "authentication; empty: nothing is taken from it.",
    )
    email_address: str = Field(
        "lapor@rukun.invalid",
        validation_alias="EMAIL_ADDRESS",
        pattern=r"^([^\s@<>]+@[^\s@<>]+)?$",
        description="Where people write to us, and what answers them; empty: no e-mail.",
    )
    email_secret: SecretStr = Field(
        SecretStr(DEVELOPMENT_SECRET),
        validation_alias="EMAIL_SECRET",
        description="What the mail server proves itself with when it hands a mail over, as `SMS_SECRET`; empty: "
        "nothing is taken from it.",
    )
    seal_key: SecretStr = Field(
        SecretStr(DEVELOPMENT_SECRET),
        validation_alias="INTAKE_SEAL_KEY",
        min_length=32,
        description="Wraps the keys that seal reporters' identities and addresses.",
    )
    other_seal_keys: SecretStr = Field(
        SecretStr(""),
        validation_alias="INTAKE_SEAL_OTHER_KEYS",
        description="Keys that still open, or will soon seal, separated by commas: for the time in which "
        "`INTAKE_SEAL_KEY` changes.",
    )
    pseudonym_key: SecretStr = Field(
        SecretStr(DEVELOPMENT_SECRET),
        validation_alias="INTAKE_PSEUDONYM_KEY",
        min_length=32,
        description="Makes pseudonyms of senders and receipts of reports.",
    )
    retention_identity_days: int = Field(
        365,
        validation_alias="RETENTION_IDENTITY_DAYS",
        ge=30,
        le=36_500,
        description="Days after the end of a case until names and contacts of its reporters are destroyed.",
    )
    retention_photo_days: int = Field(
        730,
        validation_alias="RETENTION_PHOTO_DAYS",
        ge=30,
        le=36_500,
        description="Days after the end of a case until the photos of its reports are destroyed.",
    )
    retention_text_days: int = Field(
        365,
        validation_alias="RETENTION_TEXT_DAYS",
        ge=30,
        le=36_500,
        description="Days after the end of a case until numbers and addresses in its reports' own words are masked "
        "in intake, as they are everywhere else from the start.",
    )
    notice_version: str = Field(
        "2026-11",
        validation_alias="PRIVACY_NOTICE_VERSION",
        description="Version of the privacy notice shown.",
    )

    @field_validator("seal_key", "other_seal_keys")
    @classmethod
    def _can_be_changed(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        given = value.get_secret_value()
        keys = given.split(",") if info.field_name == "other_seal_keys" and given else [given] if given else []
        if any(len(each.strip()) < _SHORTEST_KEY or "," in each or each != each.strip() for each in keys):
            raise ValueError("each key has at least 32 characters, no comma, and no space at its ends")
        return value

    def telegram_bot(self) -> Bot | None:
        """The bot; None where there is none."""
        token = self.telegram_token.get_secret_value()
        return Bot(self.telegram_url, token) if token else None

    @property
    def seal(self) -> Seal:
        """What seals and opens."""
        others = self.other_seal_keys.get_secret_value().split(",")
        return Seal(self.seal_key.get_secret_value(), [each.strip() for each in others if each.strip()])
