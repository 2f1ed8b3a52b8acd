"""Folders of whole systems: gone with the fixture. Pytest would leave them until the last test has ended, and a database
alone takes hundreds of megabytes."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def folder(factory: pytest.TempPathFactory, name: str) -> Iterator[Path]:
    """An empty folder until the end of the block."""
    made = factory.mktemp(name)
    try:
        yield made
    finally:
        shutil.rmtree(made)
