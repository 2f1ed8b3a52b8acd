"""Typed settings from the environment. Every one has a default that works on a laptop; production refuses those
that must be secret."""

import os
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from chassis.deliveries.sms import Gateway, names
from chassis.deliveries.smtp import Address, MailServer
from chassis.kms import Unopened, Vault, is_sealed
from chassis.language import _

DEVELOPMENT_SECRET = "development-only-secret-change-me-0123456789"  # noqa: S105 - refused in production


class WrongSetting(SystemExit):
    """A setting that stops the start, with one line that says which and why."""


class Settings(BaseSettings):
    """Settings that every service has."""

    model_config = SettingsConfigDict(extra="ignore", populate_by_name=True)

    environment: Literal["development", "production"] = Field(
        "development",
        validation_alias="RUKUN_ENVIRONMENT",
        description="`production` marks cookies Secure and refuses development secrets, as an address that is not "
        "loopback does.",
    )
    public_url: str = Field(
        "http://127.0.0.1:8080",
        validation_alias="PUBLIC_URL",
        pattern=r"^https?://",
        description="The one origin under which people reach every service.",
    )
    allow_development_secrets: bool = Field(
        False,
        validation_alias="ALLOW_DEVELOPMENT_SECRETS",
        description="Start with development secrets on an address that is not loopback: for a trial whose ports only "
        "this machine reaches. Production refuses them all the same.",
    )
    host: str = Field("127.0.0.1", validation_alias="HOST", description="Address to listen on.")
    mongo_url: str = Field(
        "mongodb://127.0.0.1:27017/?replicaSet=rukun",
        validation_alias="MONGO_URL",
        pattern=r"^mongodb(\+srv)?://.+",
        description="MongoDB replica set; each service uses its own database, `rukun_<service>`.",
    )
    database_prefix: str = Field(
        "rukun", validation_alias="DATABASE_PREFIX", description="Beginning of the databases' names."
    )
    kafka_bootstrap_servers: str = Field(
        "127.0.0.1:9092",
        validation_alias="KAFKA_BOOTSTRAP_SERVERS",
        pattern=r"^[^\s:,]+:\d+(,[^\s:,]+:\d+)*$",
        description="Kafka brokers, host:port.",
    )
    kafka_idempotence: bool = Field(
        True,
        validation_alias="KAFKA_IDEMPOTENCE",
        description="Idempotent producer. Off only for the embedded broker, which has none.",
    )
    kafka_fetch_max_wait_ms: int = Field(
        100,
        validation_alias="KAFKA_FETCH_MAX_WAIT_MS",
        ge=1,
        le=5000,
        description="Longest wait of one fetch, ms.",
    )
    kafka_create_topics: bool = Field(
        True,
        validation_alias="KAFKA_CREATE_TOPICS",
        description="Create missing topics from the registry. Off where an operator (Strimzi) makes them.",
    )
    kafka_most_partitions: int = Field(
        0,
        validation_alias="KAFKA_MOST_PARTITIONS",
        ge=0,
        le=100,
        description="Partitions of each created topic at most; 0: as the registry declares.",
    )
    kafka_replication_factor: int = Field(
        1,
        validation_alias="KAFKA_REPLICATION_FACTOR",
        ge=1,
        le=9,
        description="Copies of each created topic.",
    )
    kafka_security_protocol: Literal["PLAINTEXT", "SSL"] = Field(
        "PLAINTEXT",
        validation_alias="KAFKA_SECURITY_PROTOCOL",
        description="`SSL` with the certificates below (Strimzi users).",
    )
    kafka_ca_file: str = Field("", validation_alias="KAFKA_CA_FILE", description="CA certificate for SSL.")
    kafka_cert_file: str = Field("", validation_alias="KAFKA_CERT_FILE", description="Client certificate for SSL.")
    kafka_key_file: str = Field("", validation_alias="KAFKA_KEY_FILE", description="Client key for SSL.")
    outbox_retention_hours: int = Field(
        168,
        validation_alias="OUTBOX_RETENTION_HOURS",
        ge=1,
        description="How long published events are retained, to be published again to a broker that lost them.",
    )
    oidc_issuer: str = Field(
        "http://127.0.0.1:8081",
        validation_alias="OIDC_ISSUER",
        pattern=r"^https?://",
        description="OpenID Connect issuer where staff sign in.",
    )
    oidc_client_id: str = Field("rukun", validation_alias="OIDC_CLIENT_ID", description="Client id there.")
    oidc_client_secret: SecretStr = Field(
        SecretStr(DEVELOPMENT_SECRET),
        validation_alias="OIDC_CLIENT_SECRET",
        description="Client secret there.",
    )
    session_secret: SecretStr = Field(
        SecretStr(DEVELOPMENT_SECRET),
        validation_alias="SESSION_SECRET",
        min_length=32,
        description="Signs session cookies; the same for all services.",
    )
    session_hours: int = Field(
        8, validation_alias="SESSION_HOURS", ge=1, le=24, description="How long a sign-in lasts."
    )
    step_up_minutes: float = Field(
        10,
        validation_alias="STEP_UP_MINUTES",
        gt=0,
        le=480,
        description="Grave steps, such as giving out a key, need a password that was given within so many minutes.",
    )
    vault_address: str = Field(
        "",
        validation_alias="VAULT_ADDR",
        pattern=r"^(https?://.+)?$",
        description="HashiCorp Vault: a secret that begins with `vault:v` is opened there at the start, by its transit "
        "engine.",
    )
    vault_token: SecretStr = Field(
        SecretStr(""), validation_alias="VAULT_TOKEN", description="Token for Vault; its agent may write it as a file."
    )
    vault_key: str = Field(
        "rukun",
        validation_alias="VAULT_TRANSIT_KEY",
        pattern=r"^[\w.-]+$",
        description="Name of the key in Vault's transit engine.",
    )
    vault_namespace: str = Field(
        "", validation_alias="VAULT_NAMESPACE", description="Vault's namespace, where it has any."
    )
    trusted_proxies: str = Field(
        "127.0.0.0/8,::1,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16",
        validation_alias="TRUSTED_PROXIES",
        description="Networks of the proxies in front: whoever else asks is who they are, whatever `X-Forwarded-For` "
        "says. Name yours alone where people come from private networks, too.",
    )
    allow_private_addresses: bool = Field(
        False,
        validation_alias="ALLOW_PRIVATE_ADDRESSES",
        description="Let webhooks go to private and loopback addresses; for a laptop, never for production.",
    )
    otlp_endpoint: str = Field(
        "", validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT", description="Where traces go; empty: nowhere."
    )
    log_format: Literal["json", "console"] = Field(
        "json",
        validation_alias="LOG_FORMAT",
        description="One JSON object a line, or coloured lines for people.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", validation_alias="LOG_LEVEL", description="Lowest level that is written."
    )

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        for each in value.split(","):
            ip_network(each.strip())
        return value

    @property
    def must_be_secret(self) -> bool:
        """Whether others than this machine may reach the service: by what it listens on, or by its public address."""
        local = is_loopback(self.host) and is_loopback(urlsplit(self.public_url).hostname or "")
        return self.environment == "production" or not (local or self.allow_development_secrets)

    @property
    def vault(self) -> Vault:
        """Who opens what is sealed."""
        token = self.vault_token.get_secret_value()
        return Vault(self.vault_address, token, self.vault_key, self.vault_namespace)

    def opened_secrets(self) -> dict[str, Any]:
        """The secrets that Vault sealed, opened, by the names of their variables. Errors: `WrongSetting`."""
        found: dict[str, Any] = {}
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            parts = value.get_secret_value().split(",") if isinstance(value, SecretStr) else []
            if any(is_sealed(each.strip()) for each in parts):
                found[str(field.validation_alias)] = ",".join(self._opened(str(field.validation_alias), parts))
        return found

    def _opened(self, name: str, parts: list[str]) -> list[str]:
        try:
            return [self.vault.open(each.strip()) if is_sealed(each.strip()) else each for each in parts]
        except Unopened as error:
            raise WrongSetting(_("Setelan {name} salah: {reason}").format(name=name, reason=error)) from None

    def secrets_to_replace(self) -> list[str]:
        """Names of secret settings that still hold the development default."""
        fields = type(self).model_fields
        return [
            str(field.validation_alias)
            for name, field in fields.items()
            if isinstance(value := getattr(self, name), SecretStr)
            and value.get_secret_value()
            and value == field.default
        ]


class AuditedSettings(Settings):
    """Settings of a service whose records are signed."""

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


class SmsSettings(Settings):
    """Settings of a service that sends short messages."""

    sms_url: str = Field(
        "http://127.0.0.1:8082/sms/messages",
        validation_alias="SMS_URL",
        pattern=r"^(https?://.+)?$",
        description="Where the SMS gateway takes messages, as a form; the simulator by default, empty: no SMS.",
    )
    sms_token: SecretStr = Field(
        SecretStr(DEVELOPMENT_SECRET),
        validation_alias="SMS_TOKEN",
        description="Bearer token of the SMS gateway; empty: none needed.",
    )
    sms_number: str = Field("62810000001", validation_alias="SMS_NUMBER", description="Our number at the SMS gateway.")
    sms_fields: str = Field(
        "",
        validation_alias="SMS_FIELDS",
        description="What the gateway calls the fields of its forms, where it is not what we call them: "
        "`text=message,from=msisdn`. Ours: from, to, text, id, ref, status, group, part, parts.",
    )

    @field_validator("sms_fields")
    @classmethod
    def _are_fields(cls, value: str) -> str:
        names(value)
        return value

    def sms_gateway(self, service: str) -> Gateway | None:
        """The gateway, for the deliveries of a service; None where there is none."""
        token = self.sms_token.get_secret_value()
        return Gateway(self.sms_url, token, self.sms_number, names(self.sms_fields), service) if self.sms_url else None


class SmtpSettings(Settings):
    """Settings of whoever sends mails."""

    smtp_host: str = Field("127.0.0.1", validation_alias="SMTP_HOST", description="Mail server.")
    smtp_port: int = Field(8025, validation_alias="SMTP_PORT", ge=1, le=65535, description="Its port.")
    smtp_start_tls: bool = Field(
        False, validation_alias="SMTP_START_TLS", description="Require STARTTLS with the mail server."
    )
    smtp_user: str = Field("", validation_alias="SMTP_USER", description="Mail account; empty: none needed.")
    smtp_password: SecretStr = Field(SecretStr(""), validation_alias="SMTP_PASSWORD", description="Its password.")
    mail_from: str = Field(
        "rukun@rukun.invalid",
        validation_alias="MAIL_FROM",
        pattern=r"^[^\s@<>]+@[^\s@<>]+$",
        description="Sender of our mails; intake's answers come from `EMAIL_ADDRESS`.",
    )

    def mail_server(self) -> MailServer:
        """The mail server."""
        password, start_tls = self.smtp_password.get_secret_value(), self.smtp_start_tls or None
        return MailServer(Address(self.smtp_host, self.smtp_port, self.smtp_user, password, start_tls))


def is_loopback(host: str) -> bool:
    """Whether an address leads nowhere but to this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _secrets_folder() -> str | None:
    """Where settings may lie as files, a mounted Secret or what a vault's agent writes; the environment comes first."""
    folder = os.environ.get("RUKUN_SECRETS_DIR", "")
    if folder and not Path(folder).is_dir():
        raise WrongSetting(_("Setelan {name} salah: {reason}").format(name="RUKUN_SECRETS_DIR", reason=folder))
    return folder or None


S = TypeVar("S", bound=Settings)


def load(kind: type[S]) -> S:
    """The settings from the environment; `WrongSetting` with one clear line where one is wrong."""
    try:
        settings = kind(_secrets_dir=_secrets_folder())
        if opened := settings.opened_secrets():
            # Read once more with what Vault sealed in its place: whatever a secret must be, it is checked to be.
            settings = kind(_secrets_dir=_secrets_folder(), **opened)
    except ValidationError as error:
        first = error.errors()[0]
        raise WrongSetting(
            _("Setelan {name} salah: {reason}").format(name=first["loc"][0], reason=first["msg"])
        ) from None
    if settings.must_be_secret and (left := settings.secrets_to_replace()):
        raise WrongSetting(
            _("Setelan {names} wajib diisi rahasia sendiri: layanan ini dapat dihubungi dari luar komputer ini").format(
                names=", ".join(left)
            )
        )
    return settings
