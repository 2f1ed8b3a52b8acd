"""What waits for an operator in a service (dead letters, blocked outboxes, quarantine), for the command line."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from chassis.database import Document
from chassis.foundation import Foundation
from chassis.language import _
from rukun.services import module_of, settings_of


@asynccontextmanager
async def application_of(service: str) -> AsyncIterator[FastAPI]:
    """A service that does not run: its stores, on its database."""
    application: FastAPI = module_of(service).build(settings_of(service))
    try:
        yield application
    finally:
        await application.state.foundation.client.close()


@asynccontextmanager
async def foundation_of(service: str) -> AsyncIterator[Foundation]:
    """A service's ground without the service: its database."""
    async with application_of(service) as application:
        yield application.state.foundation


async def newest(service: str, limit: int) -> list[Document]:
    """The newest that were not processed after all."""
    async with foundation_of(service) as foundation:
        return await foundation.dead_letters.newest(limit)


async def one(service: str, letter: str) -> Document:
    """One with its content."""
    async with foundation_of(service) as foundation:
        found = await foundation.dead_letters.get(letter)
    if found is None:
        raise SystemExit(_("{service}: tidak ada dead letter {letter}").format(service=service, letter=letter))
    return {**found, "value": (found["value"] or b"").decode(errors="replace")}


async def put_back(service: str, letter: str) -> int:
    """Let the service process one, or all, again; how many."""
    async with foundation_of(service) as foundation:
        return await foundation.dead_letters.replay(None if letter == "all" else letter)


async def blocked(service: str) -> list[Document]:
    """Outboxes whose next event cannot be published."""
    async with foundation_of(service) as foundation:
        return await foundation.blocked.all()


async def settle(service: str, collection: str, document: str, discard: bool) -> bool:
    """Let a blocked outbox go on: with its event, or without it."""
    async with foundation_of(service) as foundation:
        act = foundation.blocked.discard if discard else foundation.blocked.replay
        return await act(collection, document)


async def quarantined(service: str) -> list[Document]:
    """Documents that could not be read."""
    async with foundation_of(service) as foundation:
        return await foundation.quarantine.all()


async def release(service: str, id: str) -> bool:
    """Let one be read again."""
    async with foundation_of(service) as foundation:
        return await foundation.quarantine.release(id)
