"""Webhooks out: signed as Standard Webhooks says, and never into our own network unless that is configured."""

import asyncio
import ipaddress
import socket
from base64 import b64encode
from datetime import UTC, datetime
from urllib.parse import urlsplit

import httpx2
from standardwebhooks.webhooks import Webhook

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Refused(Exception):
    """An address that webhooks may not go to."""


async def check_address(url: str, allow_private: bool) -> None:
    """`Refused` for what is no http(s) address or leads to a private, loopback or link-local one."""
    try:
        parts = urlsplit(url)
        port = parts.port or 443
    except ValueError as error:
        raise Refused("alamat keliru") from error
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username:
        raise Refused("alamat harus diawali https://")
    if allow_private:
        return
    try:
        found = await asyncio.get_running_loop().getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Refused("nama alamat tidak ditemukan") from error
    if any(not _public(str(each[4][0])) for each in found):
        raise Refused("alamat jaringan pribadi tidak diizinkan")


def _public(address: str) -> bool:
    """Whether an address is on the open internet; one that only wraps an IPv4 address counts as that one."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        wrapped = ip.ipv4_mapped or (ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None)
        ip = wrapped or ip
    return ip.is_global and not ip.is_multicast


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
    async with client.stream("POST", url, content=body.encode(), headers=headers, follow_redirects=False) as answer:
        return answer.status_code  # what they say is of no interest, and may be endless
