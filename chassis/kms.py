"""Secrets that a key management service opens at the start: HashiCorp Vault's transit engine, or what speaks like it.

    INTAKE_SEAL_KEY=vault:v1:…  ──▶ POST /v1/transit/decrypt/KEY ──▶ the key, in this process's memory alone

What lies in the environment, in a Secret or in a file is sealed then; Vault says who may open it, records each time,
and changes its own key without ours (`rukun keys rewrap`). Asked once, at the start: while Vault is away services that
run go on, and none starts.
"""

import base64
from dataclasses import dataclass

import httpx2

_SEALED = "vault:v"
_SECONDS = 10


class Unopened(Exception):
    """Why a secret could not be opened, in a few words and without the secret."""


def is_sealed(value: str) -> bool:
    """Whether a setting is what Vault sealed."""
    return value.startswith(_SEALED)


@dataclass(frozen=True)
class Vault:
    """Where Vault is, and with which of its keys it seals for us."""

    address: str
    token: str
    key: str
    namespace: str = ""

    def open(self, sealed: str) -> str:
        """The secret. Errors: `Unopened`."""
        plain = self._ask("decrypt", {"ciphertext": sealed}, "plaintext")
        try:
            opened = base64.b64decode(plain, validate=True).decode()
        except ValueError as error:
            raise Unopened("Vault's answer is no text") from error
        if opened != opened.strip():
            raise Unopened("what Vault opened begins or ends with white space: another secret than was meant")
        return opened

    def seal(self, plain: str) -> str:
        """What may lie anywhere. Errors: `Unopened`."""
        return self._ask("encrypt", {"plaintext": base64.b64encode(plain.encode()).decode()}, "ciphertext")

    def rewrap(self, sealed: str) -> str:
        """The same secret, sealed by the newest version of Vault's key; it leaves Vault at no time."""
        return self._ask("rewrap", {"ciphertext": sealed}, "ciphertext")

    def _ask(self, what: str, body: dict[str, str], wanted: str) -> str:
        headers = {"X-Vault-Token": self.token, "X-Vault-Request": "true"}
        if self.namespace:
            headers["X-Vault-Namespace"] = self.namespace
        try:
            address = f"{self.address.rstrip('/')}/v1/transit/{what}/{self.key}"
            answer = httpx2.post(address, json=body, headers=headers, timeout=_SECONDS)
        except httpx2.HTTPError as error:
            raise Unopened(f"Vault does not answer ({type(error).__name__})") from error
        if answer.status_code != 200:
            raise Unopened(f"Vault answered {answer.status_code}")
        try:
            return str(answer.json()["data"][wanted])
        except (ValueError, KeyError, TypeError) as error:
            raise Unopened("Vault's answer has no " + wanted) from error
