"""Each service runs as a MongoDB user of its own, who reaches nothing of the others."""

import base64
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import AsyncMongoClient, MongoClient
from pymongo.errors import OperationFailure
from typer.testing import CliRunner

from contracts.events import CaseOpened
from contracts.topics import SERVICES
from rukun import embedded
from rukun.cli import app
from rukun.ports import free_ports
from tests.folders import folder
from tests.intake.posting import SMALL, post
from tests.neighbours import Neighbours
from tests.running import running
from tests.waiting import eventually_now

_NOT_AUTHORISED = 13


@pytest.fixture(scope="module")
def guarded_mongo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A MongoDB that asks who one is, with one administrator of users."""
    with folder(tmp_path_factory, "guarded") as home:
        ports = free_ports()
        child = embedded.mongod(ports, home)
        child.command = [*child.command, "--keyFile", str(_key_file(home))]
        child.start()
        here = f"127.0.0.1:{ports.mongo}"
        try:
            with MongoClient[dict[str, Any]](f"mongodb://{here}/?directConnection=true") as client:
                client.admin.command("replSetInitiate", {"_id": "rukun", "members": [{"_id": 0, "host": here}]})
                eventually_now(lambda: client.admin.command("hello")["isWritablePrimary"])
                client.admin.command("createUser", "root", pwd="root", roles=["userAdminAnyDatabase"])
            yield f"mongodb://root:root@{here}/?replicaSet=rukun&authSource=admin"
        finally:
            child.stop()


def _key_file(home: Path) -> Path:
    file = home / "key"
    file.write_bytes(base64.b64encode(secrets.token_bytes(96)))
    file.chmod(0o400)
    return file


def urls_of(admin: str, prefix: str) -> dict[str, str]:
    done = CliRunner().invoke(app, ["database", "users", "--url", admin, "--prefix", prefix])
    assert done.exit_code == 0, done.output
    return dict(line.split(maxsplit=1) for line in done.output.splitlines())


async def test_services_work_as_their_own_users_and_reach_nothing_of_the_others(
    guarded_mongo: str, stack_environment: dict[str, str], neighbours: Neighbours
) -> None:
    prefix = stack_environment["DATABASE_PREFIX"]
    first, urls = urls_of(guarded_mongo, prefix), urls_of(guarded_mongo, prefix)
    assert set(first) == set(urls) == set(SERVICES)
    async with (
        running("intake", mongo_url=urls["intake"]) as intake,
        running("verification", mongo_url=urls["verification"]),
        running("escalation", mongo_url=urls["escalation"]),
        running("notification", mongo_url=urls["notification"]),
        running("integration", mongo_url=urls["integration"]),
    ):
        report = (await post(intake.client(), SMALL)).json()
        await neighbours.wait(CaseOpened)
        assert report["ticket"]
    for service in SERVICES:
        await _reaches_its_own_alone(urls[service], prefix, service)
        with pytest.raises(OperationFailure):
            await _count(first[service], f"{prefix}_{service}")


async def _reaches_its_own_alone(url: str, prefix: str, service: str) -> None:
    assert await _count(url, f"{prefix}_{service}") >= 0
    for other in {*SERVICES} - {service}:
        with pytest.raises(OperationFailure) as refused:
            await _count(url, f"{prefix}_{other}")
        assert refused.value.code == _NOT_AUTHORISED


async def _count(url: str, database: str) -> int:
    async with AsyncMongoClient[dict[str, Any]](url) as client:
        return await client[database]["reports"].count_documents({})
