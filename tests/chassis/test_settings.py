"""A wrong setting stops the start with one clear line."""

from pathlib import Path

import pytest

from chassis.settings import WrongSetting, is_loopback, load
from services.intake.settings import IntakeSettings


def test_defaults_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INTAKE_PORT", raising=False)
    assert load(IntakeSettings).port == 8101


def test_wrong_value_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTAKE_PORT", "eighty")
    with pytest.raises(WrongSetting) as stopped:
        load(IntakeSettings)
    assert "INTAKE_PORT" in str(stopped.value)
    assert "\n" not in str(stopped.value)


@pytest.mark.parametrize("value", ["*", "10.0.0.0/33", "proxy.example", ""])
def test_proxies_are_networks_and_not_everybody(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("TRUSTED_PROXIES", value)
    with pytest.raises(WrongSetting, match="TRUSTED_PROXIES"):
        load(IntakeSettings)


def test_production_refuses_development_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUKUN_ENVIRONMENT", "production")
    with pytest.raises(WrongSetting, match="SESSION_SECRET"):
        load(IntakeSettings)


@pytest.mark.parametrize(
    ("name", "value"),
    [("HOST", "0.0.0.0"), ("HOST", "::"), ("PUBLIC_URL", "https://rukun.example"), ("HOST", "10.0.0.5")],
)
def test_address_that_others_reach_refuses_development_secrets(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(WrongSetting, match="SESSION_SECRET"):
        load(IntakeSettings)
    monkeypatch.setenv("ALLOW_DEVELOPMENT_SECRETS", "true")
    assert load(IntakeSettings)
    monkeypatch.setenv("RUKUN_ENVIRONMENT", "production")
    with pytest.raises(WrongSetting, match="SESSION_SECRET"):
        load(IntakeSettings)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "localhost"])
def test_loopback_is_this_machine_alone(host: str) -> None:
    assert is_loopback(host)


def test_every_setting_is_described() -> None:
    assert all(each.description for each in IntakeSettings.model_fields.values())


def test_settings_may_be_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "intake_seal_key").write_text("kunci-dari-berkas-0123456789-0123456789\n")
    monkeypatch.setenv("RUKUN_SECRETS_DIR", str(tmp_path))
    assert load(IntakeSettings).seal_key.get_secret_value() == "kunci-dari-berkas-0123456789-0123456789"
    monkeypatch.setenv("INTAKE_SEAL_KEY", "kunci-dari-lingkungan-0123456789-012345")
    assert "lingkungan" in load(IntakeSettings).seal_key.get_secret_value()
    monkeypatch.setenv("RUKUN_SECRETS_DIR", str(tmp_path / "nowhere"))
    with pytest.raises(WrongSetting, match="RUKUN_SECRETS_DIR"):
        load(IntakeSettings)
