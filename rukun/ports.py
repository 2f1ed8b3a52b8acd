"""The addresses of the embedded stack, all on loopback."""

import os
import socket
from dataclasses import dataclass, fields

from chassis.language import _
from contracts.topics import SERVICES


@dataclass(frozen=True)
class Ports:
    """One port for each thing that listens."""

    origin: int = 8080
    sign_in: int = 8081
    simulator: int = 8082
    smtp: int = 8025
    intake: int = 8101
    verification: int = 8102
    escalation: int = 8103
    notification: int = 8104
    integration: int = 8105
    mongo: int = 27117
    kafka: int = 19092

    def taken(self) -> list[tuple[str, int]]:
        """Those in use by somebody else."""
        pairs = [(each.name, getattr(self, each.name)) for each in fields(self)]
        return [(name, port) for name, port in pairs if _is_taken(port)]

    def of(self, service: str) -> int:
        """The port of a service."""
        port: int = getattr(self, service)
        return port

    @property
    def address(self) -> str:
        """The one origin."""
        return f"http://127.0.0.1:{self.origin}"


def from_environment() -> Ports:
    """The defaults, each changeable by `RUKUN_UP_<NAME>_PORT`."""
    given = {each.name: os.environ.get(f"RUKUN_UP_{each.name.upper()}_PORT") for each in fields(Ports)}
    for name, port in given.items():
        if port and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
            raise SystemExit(
                _("RUKUN_UP_{name}_PORT salah: “{port}” bukan nomor port (1 sampai 65535)").format(
                    name=name.upper(), port=port
                )
            )
    return Ports(**{name: int(port) for name, port in given.items() if port})


def free_ports() -> Ports:
    """Ports that nobody uses now, for tests."""
    sockets = []
    for _field in fields(Ports):
        made = socket.socket()
        made.bind(("127.0.0.1", 0))
        sockets.append(made)
    numbers = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return Ports(**dict(zip((each.name for each in fields(Ports)), numbers, strict=True)))


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def environment(ports: Ports) -> dict[str, str]:
    """Settings of the services in the embedded stack; what is set already wins for the brokers and database."""
    own = {f"{name.upper()}_PORT": str(ports.of(name)) for name in SERVICES}
    return {
        **own,
        "HOST": "127.0.0.1",
        "PUBLIC_URL": ports.address,
        "OIDC_ISSUER": f"http://127.0.0.1:{ports.sign_in}",
        "WHATSAPP_GRAPH_URL": f"http://127.0.0.1:{ports.simulator}/v23.0",
        "TELEGRAM_URL": f"http://127.0.0.1:{ports.simulator}/telegram",
        "SMS_URL": f"http://127.0.0.1:{ports.simulator}/sms/messages",
        "SMTP_PORT": str(ports.smtp),
        "ALLOW_PRIVATE_ADDRESSES": "true",
        "MONGO_URL": f"mongodb://127.0.0.1:{ports.mongo}/?replicaSet=rukun",
        "KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{ports.kafka}",
        "KAFKA_IDEMPOTENCE": "false",
        "KAFKA_FETCH_MAX_WAIT_MS": "20",
        # It pays for each partition at every fetch. Two, so that replicas have something to share.
        "KAFKA_MOST_PARTITIONS": "2",
    }
