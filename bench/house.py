"""The system under measurement, on the embedded broker or on Apache Kafka."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rukun import samples
from rukun.children import Child
from rukun.client import Visitor
from rukun.ports import Ports, free_ports
from rukun.up import Stack
from tests import engines


@contextmanager
def kafka(engine: str, ports: Ports, home: Path) -> Iterator[Child | None]:
    """Apache Kafka where it is asked for; otherwise the stack brings its own broker."""
    if engine != "apache":
        yield None
        return
    child = engines.apache_child(ports, home)
    child.start()
    try:
        engines.wait_for_port(ports.kafka, child)
        os.environ["KAFKA_BOOTSTRAP_SERVERS"] = f"127.0.0.1:{ports.kafka}"
        yield child
    finally:
        os.environ.pop("KAFKA_BOOTSTRAP_SERVERS", None)
        child.stop(30)


@contextmanager
def whole_house(engine: str, home: Path) -> Iterator[Stack]:
    """All five services, ready, with the sample officials."""
    ports = free_ports()
    with kafka(engine, ports, home):
        stack = Stack(ports, home)
        stack.environment["LOG_LEVEL"] = "WARNING"
        stack.start()
        try:
            _wait(stack)
            admin = Visitor(ports.address)
            samples.fill_directory(admin.sign_in("admin", "notification"))
            admin.close()
            yield stack
        finally:
            stack.stop()


@contextmanager
def one_service(name: str, engine: str, home: Path) -> Iterator[Ports]:
    """One service with database and broker; the others' topics are made by running them once."""
    with whole_house(engine, home) as stack:
        for other, child in stack.services.items():
            if other != name:
                child.stop()
        yield stack.ports


def _wait(stack: Stack) -> None:
    until = time.monotonic() + 90
    while waiting := stack.waiting():
        if time.monotonic() > until:
            sys.exit(f"not ready: {waiting}")
        time.sleep(0.2)
