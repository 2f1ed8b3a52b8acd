"""The engines tests run on: embedded MongoDB and broker, and Apache Kafka where its jars and a JDK (or Docker) are."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from rukun import embedded
from rukun.children import Child
from rukun.ports import Ports
from rukun.up import Stack

HERE = Path(__file__).parent
JARS = HERE / "kafka" / "jars"
_GUARDED = (
    "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer\n"
    "super.users=User:ANONYMOUS\n"
    "listener.name.partners.sasl.enabled.mechanisms=SCRAM-SHA-512\n"
    "listener.name.partners.scram-sha-512.sasl.jaas.config="
    "org.apache.kafka.common.security.scram.ScramLoginModule required;\n"
)
"""A listener on which one signs in, and rights."""


def wait_for_port(port: int, child: Child, seconds: float = 60) -> None:
    """Return when something listens; fail with the child's log when it ends or takes too long."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and child.running:
        with socket.socket() as probe:
            probe.settimeout(0.2)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"{child.name} does not listen on {port}:\n{child.tail(30)}")


@contextmanager
def mongo(ports: Ports, home: Path) -> Iterator[Child]:
    """An embedded MongoDB."""
    child = embedded.mongod(ports, home)
    child.start()
    try:
        embedded.initiate(ports, lambda: child.running)
        yield child
    finally:
        child.stop()


@contextmanager
def tansu(ports: Ports, home: Path) -> Iterator[Child]:
    """The embedded broker."""
    child = embedded.tansu(ports, home)
    child.start()
    try:
        wait_for_port(ports.kafka, child)
        yield child
    finally:
        child.stop()


def why_no_apache_kafka() -> str | None:
    """Why Apache Kafka cannot run here; None where it can."""
    if JARS.is_dir() and any(JARS.glob("kafka_2.13-*.jar")) and shutil.which("java"):
        return None
    if _docker_runs():
        return None
    return "Apache Kafka: no Docker engine, and no jars in tests/kafka/jars with a JDK (`make kafka-jars`)"


def _docker_runs() -> bool:
    docker = shutil.which("docker")
    return bool(docker) and subprocess.run([docker, "info"], capture_output=True, timeout=20).returncode == 0


@contextmanager
def apache_kafka(ports: Ports, home: Path) -> Iterator[str]:
    """Apache Kafka (KRaft), from its jars or by testcontainers; its bootstrap address."""
    if JARS.is_dir() and shutil.which("java"):
        child = apache_child(ports, home)
        child.start()
        try:
            wait_for_port(ports.kafka, child)
            yield f"127.0.0.1:{ports.kafka}"
        finally:
            child.stop(30)
        return
    from testcontainers.kafka import KafkaContainer

    with KafkaContainer("apache/kafka:4.1.1").with_kraft() as container:
        yield container.get_bootstrap_server()


def apache_child(ports: Ports, home: Path, partners: int = 0) -> Child:
    """The broker as a process, its storage formatted. On the port `partners`, where it is given, it asks who one is, and
    lets nobody do what was not granted; on the other everybody may do everything."""
    data = home / "kafka"
    guarded = f",PARTNERS://127.0.0.1:{partners}" if partners else ""
    properties = home / "server.properties"
    home.mkdir(parents=True, exist_ok=True)
    controller = free_port()
    properties.write_text(
        (_GUARDED if partners else "") + "process.roles=broker,controller\nnode.id=1\n"
        f"controller.quorum.voters=1@127.0.0.1:{controller}\n"
        f"listeners=PLAINTEXT://127.0.0.1:{ports.kafka},CONTROLLER://127.0.0.1:{controller}{guarded}\n"
        f"advertised.listeners=PLAINTEXT://127.0.0.1:{ports.kafka}{guarded}\n"
        "controller.listener.names=CONTROLLER\n"
        "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,PARTNERS:SASL_PLAINTEXT\n"
        f"log.dirs={data}\noffsets.topic.replication.factor=1\n"
        "transaction.state.log.replication.factor=1\ntransaction.state.log.min.isr=1\n"
        "group.initial.rebalance.delay.ms=0\nauto.create.topics.enable=false\noffsets.topic.num.partitions=4\n"
    )
    java = ["java", "-Xmx512m", "-Xshare:auto", "-cp", f"{JARS}/*"]
    if not data.exists():
        command = [*java, "kafka.tools.StorageTool", "format", "-t", _cluster_id(), "-c", str(properties)]
        subprocess.run(command, check=True, capture_output=True)
    return Child("kafka", [*java, "kafka.Kafka", str(properties)], {}, home / "log" / "kafka.log")


def _cluster_id() -> str:
    from base64 import urlsafe_b64encode

    return urlsafe_b64encode(uuid4().bytes).decode().rstrip("=").replace("-", "A")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def chromium() -> str | None:
    """Debian's chromium, or whatever else is called so."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


def stack_on(ports: Ports, home: Path, apache: bool) -> Stack:
    """The whole house, with its own broker or beside Apache Kafka on its port."""
    if not apache:
        return Stack(ports, home)
    address = f"127.0.0.1:{ports.kafka}"
    os.environ["KAFKA_BOOTSTRAP_SERVERS"] = address
    try:
        stack = Stack(ports, home)
    finally:
        os.environ.pop("KAFKA_BOOTSTRAP_SERVERS", None)
    stack.environment["KAFKA_BOOTSTRAP_SERVERS"] = address
    return stack
