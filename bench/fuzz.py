"""Nonsense for so many minutes on each service, by every role: exits 1 at the first failure of ours.

`python -m bench.fuzz --minutes 10`; the same requests, fewer, are in `tests/journeys/test_nonsense.py`.
"""

import argparse
import tempfile
import time
from pathlib import Path

from contracts.topics import SERVICES
from rukun import samples
from rukun.client import Visitor
from rukun.ports import free_ports
from rukun.up import Stack
from simulators.accounts import ACCOUNTS
from tests.journeys.one_of_each import one_of_each
from tests.journeys.test_nonsense import nonsense, walk_document
from tests.waiting import all_ready


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="for each service")
    minutes = parser.parse_args().minutes
    stack = Stack(free_ports(), Path(tempfile.mkdtemp()))
    stack.start()
    try:
        all_ready(stack)
        admin = Visitor(stack.ports.address).sign_in("admin", "notification")
        samples.fill_directory(admin)
        ids = one_of_each(stack)
        for service in SERVICES:
            rounds = _fuzz(stack, service, ids, 60 * minutes)
            print(f"{service}: {minutes:g} min, {rounds} rounds by every role, 0 failures", flush=True)
    finally:
        stack.stop()


def _fuzz(stack: Stack, service: str, ids: dict[str, str], seconds: float) -> int:
    until, rounds = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        for account in (None, *(each.sub for each in ACCOUNTS)):
            visitor = Visitor(stack.ports.address)
            if account:
                visitor.sign_in(account)
            walk_document(stack.ports.address, service, visitor, examples=30, seed=rounds + 1)
            nonsense(visitor, service, ids, examples=30)
            visitor.close()
        rounds += 1
    return rounds


if __name__ == "__main__":
    main()
