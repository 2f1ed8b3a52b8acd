"""Settings of the simulators."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from chassis.settings import DEVELOPMENT_SECRET


class SimulatorSettings(BaseSettings):
    """Where they listen, and the secrets they share with intake."""

    model_config = SettingsConfigDict(extra="ignore", populate_by_name=True)

    host: str = Field("127.0.0.1", validation_alias="HOST")
    port: int = Field(8082, validation_alias="SIMULATOR_PORT")
    sign_in_port: int = Field(8081, validation_alias="SIMULATOR_SIGN_IN_PORT")
    smtp_port: int = Field(8025, validation_alias="SIMULATOR_SMTP_PORT")
    intake_url: str = Field("http://127.0.0.1:8101", validation_alias="SIMULATOR_INTAKE_URL")
    app_secret: SecretStr = Field(SecretStr(DEVELOPMENT_SECRET), validation_alias="WHATSAPP_APP_SECRET")
    telegram_secret: SecretStr = Field(SecretStr(DEVELOPMENT_SECRET), validation_alias="TELEGRAM_SECRET")
    sms_secret: SecretStr = Field(SecretStr(DEVELOPMENT_SECRET), validation_alias="SMS_SECRET")
    sms_number: str = Field("62810000001", validation_alias="SMS_NUMBER")
    email_secret: SecretStr = Field(SecretStr(DEVELOPMENT_SECRET), validation_alias="EMAIL_SECRET")
    email_address: str = Field("lapor@rukun.invalid", validation_alias="EMAIL_ADDRESS")
    number_id: str = Field("62810000000", validation_alias="WHATSAPP_NUMBER_ID")
