"""A wrong setting stops the start with one clear line."""

import pytest

from chassis.settings import WrongSetting, load
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


def test_production_refuses_development_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUKUN_ENVIRONMENT", "production")
    with pytest.raises(WrongSetting, match="SESSION_SECRET"):
        load(IntakeSettings)


def test_every_setting_is_described() -> None:
    assert all(each.description for each in IntakeSettings.model_fields.values())
