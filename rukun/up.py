"""`rukun up`: the whole house on one machine, watched, and stopped in order."""

import fcntl
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import IO

import httpx2
from rich.console import Console
from rich.status import Status
from rich.table import Table

from chassis.language import _
from contracts.topics import SERVICES
from rukun import embedded, samples
from rukun.children import Child
from rukun.ports import Ports, environment
from rukun.services import settings_of
from simulators.accounts import ACCOUNTS

console = Console(soft_wrap=True)
_LEAST_FREE = 500 * 1024 * 1024
_STANDSTILL_SECONDS = 120


class Trouble(SystemExit):
    """Something that keeps the stack from starting, in one line that says what to do."""


class Stack:
    """The processes of the stack."""

    def __init__(self, ports: Ports, home: Path, simulated: bool = True) -> None:
        self.ports = ports
        self.home = home
        own_mongo, own_kafka = (not each for each in embedded.external())
        variables = environment(ports)
        if not own_mongo:
            variables.pop("MONGO_URL")
        if not own_kafka:
            for name in ("KAFKA_BOOTSTRAP_SERVERS", "KAFKA_IDEMPOTENCE", "KAFKA_FETCH_MAX_WAIT_MS"):
                variables.pop(name)
        self.environment = variables
        self.mongo = embedded.mongod(ports, home) if own_mongo else None
        self.kafka = embedded.tansu(ports, home) if own_kafka else None
        self.simulators = embedded.simulators(ports, home, variables) if simulated else None
        self.origin = embedded.caddy(ports, home)
        self.services = {name: self._service(name) for name in SERVICES}

    def _service(self, name: str) -> Child:
        command = [sys.executable, "-m", "rukun.cli", "serve", name]
        return Child(name, command, self.environment, self.home / "log" / f"{name}.log")

    @property
    def children(self) -> list[Child]:
        """All of them, in the order of starting."""
        first = [each for each in (self.mongo, self.kafka, self.simulators) if each]
        return [*first, *self.services.values(), self.origin]

    def start(self) -> None:
        """Start everything; the database first, the rest waits for what it needs by itself."""
        for each in self.children:
            each.start()
        if self.mongo:
            mongo = self.mongo
            embedded.initiate(self.ports, lambda: mongo.running)

    def restart_dead(self) -> list[str]:
        """Start again what has ended; a broker comes back as another cluster, as it has forgotten everything."""
        dead = [each for each in self.children if not each.running]
        for each in dead:
            if each is self.kafka:
                self.kafka.command = embedded.tansu(self.ports, self.home).command
            each.start()
        return [each.name for each in dead]

    def waiting(self) -> dict[str, str]:
        """Services that are not ready yet, and what they wait for."""
        found = {}
        for name in SERVICES:
            address = f"http://127.0.0.1:{self.ports.of(name)}/{name}/health/ready"
            try:
                answer = httpx2.get(address, timeout=2)
                if answer.status_code != 200:
                    found[name] = ", ".join(answer.json()["waiting_for"])
            except (httpx2.HTTPError, ValueError):
                found[name] = _("menyala")
        return found

    def stop(self) -> None:
        """Stop in the opposite order, so that nothing new comes in while the rest finishes."""
        for each in reversed(self.children):
            each.stop()


def check(ports: Ports, home: Path) -> IO[str]:
    """What must be right before the start; the lock that says it is ours."""
    home.mkdir(parents=True, exist_ok=True)
    lock = (home / "lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise Trouble(
            _("Rukun sudah menyala dari folder ini. Buka {address} atau hentikan dahulu.").format(address=ports.address)
        ) from None
    if shutil.disk_usage(home).free < _LEAST_FREE:
        raise Trouble(_("Ruang simpan hampir penuh: sisakan sedikitnya 500 MB, lalu coba lagi."))
    if taken := ports.taken():
        name, port = taken[0]
        raise Trouble(
            _(
                "Port {port} ({name}) sudah dipakai program lain. Hentikan program itu, atau pilih port "
                "lain: RUKUN_UP_{upper}_PORT=… make up"
            ).format(port=port, name=name, upper=name.upper())
        )
    return lock


def up(ports: Ports, home: Path) -> None:
    """Run until Ctrl-C."""
    for name in SERVICES:
        settings_of(name)  # a wrong setting stops it now, with one line and not five
    lock = check(ports, home)
    try:
        stack = Stack(ports, home)
    except embedded.Missing as error:
        raise Trouble(_("Tidak bisa mulai: {error}").format(error=error)) from None
    stopping: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _: stopping.append(received))
    try:
        _run(stack, stopping)
    finally:
        with console.status(_("Menghentikan semuanya …")):
            stack.stop()
        lock.close()
    console.print(_("Rukun sudah berhenti. Semua data tersimpan."))


def _run(stack: Stack, stopping: list[int]) -> None:
    began = time.monotonic()
    with console.status(_("Menyalakan basis data …")) as status:
        try:
            stack.start()
        except embedded.Missing as error:
            raise Trouble(_("Tidak bisa mulai: {error}").format(error=error)) from None
        _wait_until_ready(stack, stopping, status)
    if stopping:
        return
    samples.seed_once(stack.ports.address, stack.home)
    console.print(_table(stack, time.monotonic() - began))
    while not stopping:
        for name in stack.restart_dead():
            console.print(
                _("[yellow]{name} berhenti sendiri dan dinyalakan lagi (lihat {log})[/]").format(
                    name=name, log=stack.home / "log" / f"{name}.log"
                )
            )
        time.sleep(0.5)


def _wait_until_ready(stack: Stack, stopping: list[int], status: Status) -> None:
    """However slow the machine is: given up is only what has ended, or what has stood still for long."""
    before: dict[str, str] = {}
    moved = time.monotonic()
    while (waiting := stack.waiting()) and not stopping:
        named = "; ".join(f"{name} ({why})" for name, why in waiting.items())
        status.update(_("Menunggu {services}").format(services=named))
        for each in stack.children:
            if not each.running:
                raise Trouble(_("{name} tidak mau menyala:\n{log}").format(name=each.name, log=each.tail()))
        if waiting != before:
            before, moved = waiting, time.monotonic()
        if time.monotonic() - moved > _STANDSTILL_SECONDS:
            raise Trouble(
                _("Tidak ada kemajuan selama {seconds} detik ({services}). Lihat {log}.").format(
                    seconds=_STANDSTILL_SECONDS, services=named, log=stack.home / "log"
                )
            )
        time.sleep(0.2)


def is_running_from(home: Path) -> bool:
    """Whether a stack runs, or comes up, from this folder: it holds the lock."""
    try:
        with (home / "lock").open("a+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _table(stack: Stack, seconds: float) -> Table:
    address = stack.ports.address
    table = Table(
        title=_("Rukun siap dalam {seconds:.0f} detik").format(seconds=seconds), show_header=False, title_justify="left"
    )
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row(_("Beranda dan formulir"), f"{address}/")
    table.add_row(_("Kasus (verifikasi)"), f"{address}/verification/")
    table.add_row(_("Peringatan"), f"{address}/notification/")
    table.add_row(_("Wilayah"), f"{address}/escalation/")
    table.add_row(_("Mitra"), f"{address}/integration/")
    table.add_row(_("WhatsApp tiruan"), f"{address}/simulator/chat")
    table.add_row(_("Surat keluar"), f"{address}/simulator/mail")
    table.add_row(
        "API", _("{address}/intake/openapi.json (tiap layanan: /<layanan>/openapi.json)").format(address=address)
    )
    table.add_section()
    for each in ACCOUNTS:
        table.add_row(each.sub, f"{each.name} · {', '.join(each.regions)}")
    table.add_section()
    own = _("MongoDB bawaan ({folder})").format(folder=stack.home / "mongo")
    table.add_row(_("Basis data"), own if stack.mongo else _("MongoDB dari MONGO_URL"))
    table.add_row(
        "Broker", _("Kafka bawaan (tansu, di memori)") if stack.kafka else _("Kafka dari KAFKA_BOOTSTRAP_SERVERS")
    )
    table.add_row(_("Catatan"), f"{stack.home / 'log'}/")
    table.add_row(_("Coba ceritanya"), _("make demo (di terminal lain)"))
    table.add_row(_("Berhenti"), "Ctrl-C")
    return table
