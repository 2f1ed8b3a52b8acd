"""Webhooks leave for the open internet alone, and for the very address that was checked."""

import asyncio
import socket
import ssl
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from chassis import webhooks
from chassis.clock import now
from chassis.webhooks import Refused, check_address, is_public

_NAME = "mitra.contoh.invalid"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "::1", "::", "fd00::1", "fe80::1%eth0", "fec0::1", "::127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::",
        "64:ff9b::7f00:1", "2001:0:4136:e378:8000:63bf:80ff:fffe",
    ],
)  # fmt: skip
def test_address_of_our_own_network_is_not_public_however_it_is_written(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "2002:5db8:d822::1", "64:ff9b::5db8:d822"])
def test_address_of_the_open_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://93.184.216.34/x", "https://93.184.216.34:8080/x", "https://93.184.216.34:22/", "ftp://93.184.216.34/",
        "https://user:word@93.184.216.34/", "https://[::127.0.0.1]/", "https://127.0.0.1/", "https://[fec0::1]/x",
        "https://", "https://93.184.216.34:99999/", "//93.184.216.34/",
    ],
)  # fmt: skip
async def test_only_https_on_a_usual_port_to_the_open_internet_is_accepted(url: str) -> None:
    with pytest.raises(Refused):
        await check_address(url, allow_private=False)


async def test_accepted_address_is_the_one_to_post_to() -> None:
    assert await check_address("https://93.184.216.34:8443/x", allow_private=False) == "93.184.216.34"


async def test_name_server_that_does_not_answer_holds_up_no_other_name(monkeypatch: pytest.MonkeyPatch) -> None:
    answers, ask = threading.Event(), socket.getaddrinfo

    def hangs_for_some(host: str, *more: Any, **others: Any) -> Any:
        if host.endswith("hangs.invalid"):
            answers.wait(30)
            raise socket.gaierror
        return ask(host, *more, **others)

    monkeypatch.setattr(socket, "getaddrinfo", hangs_for_some)
    urls = [f"https://{n}.hangs.invalid/" for n in range(64)]
    hanging = [asyncio.create_task(check_address(url, allow_private=False)) for url in urls]
    try:
        found = await asyncio.wait_for(check_address("https://93.184.216.34/", allow_private=False), 10)
        assert found == "93.184.216.34"
        assert not any(each.done() for each in hanging)
    finally:
        answers.set()
        results = await asyncio.gather(*hanging, return_exceptions=True)
    assert {type(each) for each in results} == {Refused}


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    key, who = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder(who, who, key.public_key(), x509.random_serial_number())
        .not_valid_before(now() - timedelta(days=1))
        .not_valid_after(now() + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    files = folder / f"{name}.crt", folder / f"{name}.key"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    files[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return files


@asynccontextmanager
async def partner(folder: Path, name: str) -> AsyncIterator[tuple[int, list[str], httpx2.AsyncClient]]:
    """A partner with a certificate of this name on loopback, and a client that trusts it."""
    crt, key = certificate(folder, name)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(crt, key)
    heads: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    async with server, httpx2.AsyncClient(verify=ssl.create_default_context(cafile=str(crt)), timeout=5) as client:
        yield server.sockets[0].getsockname()[1], heads, client


async def test_post_goes_to_the_checked_address_under_the_partners_name(tmp_path: Path) -> None:
    async with partner(tmp_path, _NAME) as (port, heads, client):
        # The name leads nowhere: only the address that was checked can be what is connected to.
        status = await webhooks._post(client, f"https://{_NAME}:{port}/x?y=1", "127.0.0.1", {"webhook-id": "1"}, "{}")
    assert status == 204
    assert heads[0].startswith("POST /x?y=1 HTTP/1.1\r\n")
    assert f"host: {_NAME}:{port}" in heads[0].lower()


async def test_post_refuses_a_certificate_of_another_name(tmp_path: Path) -> None:
    async with partner(tmp_path, "lain.contoh.invalid") as (port, heads, client):
        with pytest.raises(httpx2.ConnectError):
            await webhooks._post(client, f"https://{_NAME}:{port}/", "127.0.0.1", {}, "{}")
    assert heads == []
