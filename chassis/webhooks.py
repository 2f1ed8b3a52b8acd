"""Webhooks out: signed as Standard Webhooks says, and never into our own network unless that is configured."""

import asyncio
import ipaddress
import socket
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import httpx2
from standardwebhooks.webhooks import Webhook

from chassis.deliveries.channel import Undelivered
from chassis.language import _

_GONE = 410
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_COMPATIBLE = ipaddress.IPv6Network("::/96")
_PORTS = (443, 8443)
_RESOLVING = ThreadPoolExecutor(128, "resolve")
"""A name server that does not answer holds a thread for many seconds, and no deadline of ours ends it: with some more
threads than lanes, the names of others wait for none, and nothing else in this process does."""


class Refused(Exception):
    """An address that webhooks may not go to."""


async def check_address(url: str, allow_private: bool) -> str | None:
    """The network address to post to, so that no name can change between this check and the post; None where private
    ones are allowed and nothing is checked. `Refused` for what is not on the open internet, by https, on a usual port.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or 443
    except ValueError as error:
        raise Refused(_("alamat keliru")) from error
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username:
        raise Refused(_("alamat harus diawali https://"))
    if allow_private:
        return None
    if parts.scheme != "https" or port not in _PORTS:
        raise Refused(_("alamat harus diawali https:// dan memakai port 443 atau 8443"))
    try:
        found = await asyncio.get_running_loop().run_in_executor(_RESOLVING, _resolve, parts.hostname, port)
    except (OSError, UnicodeError) as error:
        raise Refused(_("nama alamat tidak ditemukan")) from error
    addresses = [str(each[4][0]) for each in found]
    if not addresses or not all(is_public(each) for each in addresses):
        raise Refused(_("alamat jaringan pribadi tidak diizinkan"))
    return addresses[0]


def _resolve(host: str, port: int) -> list[tuple[Any, ...]]:
    return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))


def is_public(address: str) -> bool:
    """Whether an address is on the open internet; one that only wraps an IPv4 address counts as that one."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.is_site_local:
            return False
        ip = _wrapped(ip) or ip
    return ip.is_global and not ip.is_multicast


def _wrapped(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address inside: mapped, by 6to4, Teredo or NAT64, or written out as `::127.0.0.1`."""
    if ip in _NAT64 or ip in _COMPATIBLE:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)


def secret_of(random: bytes) -> str:
    """A signing secret as Standard Webhooks writes it."""
    return f"whsec_{b64encode(random).decode()}"


def new_client(deadline: float) -> httpx2.AsyncClient:
    """A client without a bound of its own on connections: the engine bounds them, and a pool that is full of slow
    ones would hold up the others."""
    return httpx2.AsyncClient(timeout=deadline, limits=httpx2.Limits(max_connections=None))


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
        address = await check_address(url, allow_private)
        status = await _post(client, url, address, _headers(secrets, id, body, at), body)
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


async def _post(client: httpx2.AsyncClient, url: str, address: str | None, headers: dict[str, str], body: str) -> int:
    target, extensions = url, {}
    if address is not None:
        # To the very address that was checked; the certificate must still be the name's.
        named = httpx2.URL(url)
        target, extensions = str(named.copy_with(host=address)), {"sni_hostname": named.host}
        headers = {**headers, "host": named.netloc.decode()}
    async with client.stream(
        "POST", target, content=body.encode(), headers=headers, extensions=extensions, follow_redirects=False
    ) as answer:
        return answer.status_code  # what it contains is of no interest, and may be endless
