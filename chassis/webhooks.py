"""Webhooks out: signed as Standard Webhooks says, and never into our own network unless that is configured."""

import asyncio
import ipaddress
import socket
from base64 import b64encode
from datetime import UTC, datetime
from urllib.parse import urlsplit

import httpx2
from standardwebhooks.webhooks import Webhook

from chassis.deliveries.channel import Undelivered
from chassis.language import _

_GONE = 410
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Refused(Exception):
    """An address that webhooks may not go to."""


async def check_address(url: str, allow_private: bool) -> None:
    """`Refused` for what is no http(s) address or leads to a private, loopback or link-local one."""
    try:
        parts = urlsplit(url)
        port = parts.port or 443
    except ValueError as error:
        raise Refused(_("alamat keliru")) from error
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username:
        raise Refused(_("alamat harus diawali https://"))
    if allow_private:
        return
    try:
        found = await asyncio.get_running_loop().getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Refused(_("nama alamat tidak ditemukan")) from error
    if any(not _public(str(each[4][0])) for each in found):
        raise Refused(_("alamat jaringan pribadi tidak diizinkan"))


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


async def deliver(
    client: httpx2.AsyncClient,
    url: str,
    secrets: list[str],
    id: str,
    body: str,
    at: datetime,
    allow_private: bool,
) -> int:
    """Post once, signed with every secret (two while one is being replaced); the status. `Undelivered` where it was
    not taken. `at` is the time of this attempt: receivers refuse old ones, so nobody can replay what was overheard."""
    try:
        await check_address(url, allow_private)
        status = await _post(client, url, _headers(secrets, id, body, at), body)
    except Refused as error:
        raise Undelivered("address_not_allowed", final=True) from error
    except httpx2.TimeoutException as error:
        raise Undelivered("timeout") from error
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
        raise Undelivered("unreachable") from error
    if status == _GONE:
        raise Undelivered("gone", final=True)
    if status >= 300:
        raise Undelivered(f"status_{status}")
    return status


def _headers(secrets: list[str], id: str, body: str, at: datetime) -> dict[str, str]:
    moment = at.astimezone(UTC)
    return {
        "content-type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(id, moment, body) for secret in secrets),
    }


async def _post(client: httpx2.AsyncClient, url: str, headers: dict[str, str], body: str) -> int:
    async with client.stream("POST", url, content=body.encode(), headers=headers, follow_redirects=False) as answer:
        return answer.status_code  # what it contains is of no interest, and may be endless
