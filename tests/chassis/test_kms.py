"""Secrets that Vault sealed are opened at the start, and nowhere else."""

import base64
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chassis.settings import WrongSetting, load
from services.intake.settings import IntakeSettings

_TOKEN = "hvs.of-this-test"
_KEY = "kunci-penyegel-contoh-0123456789-0123456789"


class Transit:
    """Vault's transit engine as its API describes it: one key with versions."""

    def __init__(self) -> None:
        self.versions = [AESGCM(AESGCM.generate_key(256))]
        self.asked: list[str] = []
        transit = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                status, data = transit.answer(self.path, self.headers.get("x-vault-token", ""), body)
                text = json.dumps({"data": data} if status == 200 else {"errors": ["permission denied"]}).encode()
                self.send_response(status)
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_arguments: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def answer(self, path: str, token: str, body: dict[str, str]) -> tuple[int, dict[str, str]]:
        _, version, mount, what, key = path.split("/")
        self.asked.append(what)
        if (version, mount, key) != ("v1", "transit", "rukun") or token != _TOKEN:
            return 403, {}
        try:
            if what == "encrypt":
                return 200, {"ciphertext": self.encrypt(base64.b64decode(body["plaintext"]))}
            plain = self.decrypt(body["ciphertext"])
        except InvalidTag:
            return 400, {}
        if what == "rewrap":
            return 200, {"ciphertext": self.encrypt(plain)}
        return 200, {"plaintext": base64.b64encode(plain).decode()}

    def encrypt(self, plain: bytes) -> str:
        nonce = os.urandom(12)
        sealed = base64.b64encode(nonce + self.versions[-1].encrypt(nonce, plain, None)).decode()
        return f"vault:v{len(self.versions)}:{sealed}"

    def decrypt(self, sealed: str) -> bytes:
        _, version, text = sealed.split(":")
        found = base64.b64decode(text)
        return self.versions[int(version[1:]) - 1].decrypt(found[:12], found[12:], None)


@pytest.fixture
def transit(monkeypatch: pytest.MonkeyPatch) -> Iterator[Transit]:
    made = Transit()
    monkeypatch.setenv("VAULT_ADDR", made.address)
    monkeypatch.setenv("VAULT_TOKEN", _TOKEN)
    yield made
    made.server.shutdown()
    made.server.server_close()
    made.thread.join()


def keys(*arguments: str, given: str = "") -> str:
    command = [sys.executable, "-m", "rukun.cli", "keys", *arguments]
    return subprocess.run(command, input=given, capture_output=True, text=True, check=True).stdout.strip()


def test_sealed_secrets_are_opened_wherever_they_stand(transit: Transit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTAKE_SEAL_KEY", transit.encrypt(_KEY.encode()))
    monkeypatch.setenv("INTAKE_SEAL_OTHER_KEYS", f"{transit.encrypt(b'x' * 32)},{'y' * 32}")
    settings = load(IntakeSettings)
    assert settings.seal_key.get_secret_value() == _KEY
    assert settings.other_seal_keys.get_secret_value() == f"{'x' * 32},{'y' * 32}"
    assert settings.seal.key_id
    assert transit.asked == ["decrypt", "decrypt"]


def test_what_vault_opens_must_be_what_the_setting_takes(transit: Transit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTAKE_SEAL_KEY", transit.encrypt(b"short"))
    with pytest.raises(WrongSetting, match="INTAKE_SEAL_KEY") as stopped:
        load(IntakeSettings)
    assert "short" not in str(stopped.value).replace("at least", "")


@pytest.mark.parametrize("trouble", ["token", "cut", "away", "nowhere"])
def test_secret_that_cannot_be_opened_stops_the_start_with_one_line(
    transit: Transit, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    sealed = transit.encrypt(_KEY.encode())
    monkeypatch.setenv("INTAKE_SEAL_KEY", sealed[:-8] + "AAAAAAA=" if trouble == "cut" else sealed)
    if trouble == "token":
        monkeypatch.setenv("VAULT_TOKEN", "hvs.another")
    if trouble == "away":
        monkeypatch.setenv("VAULT_ADDR", "http://127.0.0.1:9")
    if trouble == "nowhere":
        monkeypatch.delenv("VAULT_ADDR")
    with pytest.raises(WrongSetting, match=r"INTAKE_SEAL_KEY.*Vault") as stopped:
        load(IntakeSettings)
    assert "\n" not in str(stopped.value)
    assert sealed not in str(stopped.value)


def test_secrets_that_nobody_sealed_ask_nobody(transit: Transit) -> None:
    load(IntakeSettings)
    assert transit.asked == []


def test_new_key_is_sealed_and_sealed_again_after_vault_changed_its_own(transit: Transit) -> None:
    sealed = keys("new", "--sealed")
    assert sealed.startswith("vault:v1:")
    key = transit.decrypt(sealed)
    assert len(key) >= 43
    transit.versions.append(AESGCM(AESGCM.generate_key(256)))
    again = keys("rewrap", given=sealed + "\n")
    assert again.startswith("vault:v2:")
    assert transit.decrypt(again) == key
    assert keys("new") != keys("new")
