"""Webhooks out: signed as Standard Webhooks says, and never into our own network unless that is configured."""

import asyncio
import ipaddress
import socket
from base64 import b64encode
from datetime import UTC, datetime
from urllib.parse import urlsplit

import httpx2
from standardwebhooks.webhooks import Webhook


class Refused(Exception):
    """An address that webhooks may not go to."""


async def check_address(url: str, allow_private: bool) -> None:
    """`Refused` for what is no http(s) address or leads to a private, loopback or link-local one."""
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username:
        raise Refused("alamat harus diawali https://")
    if allow_private:
        return
    try:
        port = parts.port or 443
        found = await asyncio.get_running_loop().getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise Refused("nama alamat tidak ditemukan") from error
    if any(not ipaddress.ip_address(each[4][0]).is_global for each in found):
        raise Refused("alamat jaringan pribadi tidak diizinkan")


def secret_of(random: bytes) -> str:
    """A signing secret as Standard Webhooks writes it."""
    return f"whsec_{b64encode(random).decode()}"


async def post(
    client: httpx2.AsyncClient,
    url: str,
    secrets: list[str],
    id: str,
    body: str,
    at: datetime,
    allow_private: bool,
) -> int:
    """Send once, signed with every secret (two while one is being replaced); the status that came back."""
    await check_address(url, allow_private)
    moment = at.astimezone(UTC)
    signatures = " ".join(Webhook(secret).sign(id, moment, body) for secret in secrets)
    headers = {
        "content-type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": signatures,
    }
    answer = await client.post(url, content=body.encode(), headers=headers, follow_redirects=False)
    return answer.status_code
