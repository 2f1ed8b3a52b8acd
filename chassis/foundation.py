"""What a service is built on, put together: database, messaging, deliveries, telemetry, web application.

Everything outside may be away at the start and come later: HTTP answers at once, the rest waits in the background
and readiness says for what.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, TypeVar

import structlog
from aiokafka.errors import KafkaError
from fastapi import APIRouter, FastAPI
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel
from pymongo import IndexModel
from pymongo.errors import PyMongoError
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware

from chassis import health, operators, problems, signin
from chassis.aggregates import Aggregates, Upgrade
from chassis.audit import CHECKPOINTS, AuditKey, Checkpoint, Checkpoints, Heads
from chassis.clock import new_id
from chassis.concurrency import stop
from chassis.database import Collection, Document, connect, database
from chassis.deliveries.engine import Engine
from chassis.language import Reader
from chassis.leases import Lease, Renewals
from chassis.limits import RateLimits
from chassis.messaging import archive, outbox
from chassis.messaging.broker import Broker
from chassis.messaging.consumer import Consumer
from chassis.messaging.dead_letters import BlockedOutboxes, DeadLetters
from chassis.messaging.handlers import Table
from chassis.messaging.monitor import Monitor
from chassis.messaging.projector import Projector
from chassis.messaging.relay import Relay
from chassis.messaging.supervisor import Supervisor
from chassis.quarantine import Documents, Quarantine
from chassis.sessions import COOKIE, ENDED, Sessions
from chassis.settings import Settings
from chassis.steps import once, update_in_steps
from chassis.telemetry import Metrics, Observed, Traces
from chassis.web import openapi
from chassis.web.shell import Look, Shell
from contracts.events import SessionsEnded
from contracts.topics import TOPICS, consumed_by, published_by

log = structlog.get_logger(__name__)
S = TypeVar("S", bound=BaseModel)
_STOP_SECONDS = 5
Loop = Callable[[], Awaitable[None]]


class Foundation:
    """One service's ground. Building it does no I/O."""

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self.settings = settings
        self.replica = new_id()
        """This process, among the replicas of the service."""
        self.client = connect(settings.mongo_url)
        self.database = database(self.client, f"{settings.database_prefix}_{name}")
        self.metrics = Metrics(name)
        self.traces = Traces(name, settings.otlp_endpoint)
        self.broker = Broker(settings, name)
        self.prepared = asyncio.Event()
        self.retention = timedelta(hours=settings.outbox_retention_hours)
        self.quarantine = Quarantine(self.database["quarantine"], self.metrics)
        self.dead_letters = DeadLetters(name, self.database, self.broker, self.metrics)
        self._leases: list[Lease] = []
        self._renewals = Renewals(self.database["leases"])
        self.stored: set[str] = set()
        """The names of the collections that the service declares."""
        self._indexes: list[tuple[Collection, list[IndexModel]]] = []
        secret = settings.session_secret.get_secret_value().encode()
        self.sessions = Sessions(self.collection(ENDED, Sessions.indexes()), secret, settings.session_hours)
        self._relay_lease = self.lease("relay")
        self.projector = Projector(self.metrics, self.lease("projector"))
        self.relay = Relay(self.broker, f"/rukun/{name}", self.metrics, self._relay_lease, self.projector)
        self._engines: list[Engine] = []
        self._consumer: Consumer | None = None
        self._supervisor: Supervisor | None = None

    def lease(self, name: str) -> Lease:
        """The right to do something that one replica does at a time; kept for as long as the service runs."""
        made = Lease(self.database["leases"], name, self.replica, renewals=self._renewals)
        self._leases.append(made)
        return made

    def rate_limits(self) -> RateLimits:
        """How often somebody may do something, counted by all replicas together."""
        counts = self.collection("rate_limits", RateLimits.indexes())
        return RateLimits(counts, self.settings.session_secret.get_secret_value().encode())

    def aggregates(
        self, collection: str, kind: type[S], indexes: Sequence[IndexModel] = (), upgrades: Sequence[Upgrade] = ()
    ) -> Aggregates[S]:
        """A collection of aggregates whose events the relay publishes."""
        self.stored.add(collection)
        made = self.database[collection]
        self._indexes.append((made, [*outbox.indexes(), *indexes]))
        self._indexes.append((archive.archive_of(made), archive.indexes(self.retention)))
        return Aggregates(made, kind, self.relay.watch(made), self.projector.watch(made), self.quarantine, upgrades)

    def collection(self, name: str, indexes: Sequence[IndexModel] = ()) -> Collection:
        """A collection of plain documents, which publish nothing."""
        self.stored.add(name)
        made = self.database[name]
        if indexes:
            self._indexes.append((made, list(indexes)))
        return made

    def documents(self, name: str, kind: type[S], indexes: Sequence[IndexModel] = ()) -> Documents[S]:
        """A collection of plain documents of one kind, which publish nothing."""
        return Documents(self.collection(name, indexes), kind, self.quarantine)

    def checkpoints(self, heads: Heads, key: AuditKey, minutes: int) -> Checkpoints:
        """Let what is recorded be signed each so many minutes."""
        stored = self.aggregates(CHECKPOINTS, Checkpoint, Checkpoints.indexes())
        return Checkpoints(self.name, stored, heads, key, self.lease(CHECKPOINTS), minutes)

    def deliveries(self, engine: Engine) -> Engine:
        """Let an engine deliver what waits in its collection."""
        self._engines.append(engine)
        self._indexes.append((engine.collection, engine.indexes()))
        self.projector.on_projection(engine.collection.name, engine.notice)
        return engine

    @property
    def blocked(self) -> BlockedOutboxes:
        """The outboxes that wait for an operator."""
        return BlockedOutboxes(self.relay.collections)

    def application(
        self,
        *,
        title: str,
        look: Look,
        routers: Sequence[APIRouter],
        table: Table,
        loops: Sequence[Loop] = (),
        state: Mapping[str, Any] | None = None,
        undocumented: tuple[Mapping[str, Any], Mapping[str, Any]] = ({}, {}),
    ) -> FastAPI:
        """The service as a web application whose lifespan runs all of it. `undocumented` are the OpenAPI paths, and
        their schemas, of routes that are not FastAPI's."""
        every = [*self._own_loops(table), *loops]
        types = [kind.type for topic in published_by(self.name) for kind in topic.events]
        self.metrics.begin(types, consumed_by(self.name), self.stored)

        @asynccontextmanager
        async def lifespan(_: FastAPI) -> AsyncIterator[None]:
            async with self._running(every):
                yield

        app = FastAPI(
            title=title,
            version="1",
            lifespan=lifespan,
            docs_url=None,
            openapi_url=f"/{self.name}/openapi.json",
            redoc_url=None,
            middleware=self._middleware(),
        )
        app.state.foundation = self
        app.state.shell = Shell(self.name, look)
        app.state.sessions = self.sessions
        app.state.sign_in = signin.SignIn(self.settings, self.name, look)
        for key, value in (state or {}).items():
            setattr(app.state, key, value)
        for router in (*routers, signin.routes(self.name), health.routes(self.name), operators.routes(self.name)):
            app.include_router(router)
        app.mount(f"/{self.name}/static", StaticFiles(directory=look.static), name="static")
        problems.install(app)
        openapi.describe(app, *undocumented)
        return app

    def _own_loops(self, table: Table) -> list[Loop]:
        """What runs in every service, beside its own."""
        if self.name in TOPICS[SessionsEnded.topic].consumers:
            table = {**table, SessionsEnded: self.sessions.take}
        self._consumer = Consumer(self.broker, table, self.dead_letters, self.metrics, self.traces)
        self._supervisor = Supervisor(
            self.name, self.settings, self.database, self.broker, self.relay, self._relay_lease, self._consumer
        )
        monitor = Monitor(self.relay, self._consumer, self.metrics)
        own = [self._supervisor.run, self.projector.run, monitor.run, *(each.run for each in self._engines)]
        return [*own, *(each.keep for each in self._leases)]

    def _middleware(self) -> list[Middleware]:
        return [
            Middleware(Observed, metrics=self.metrics, traces=self.traces),
            Middleware(
                SessionMiddleware,
                secret_key=self.settings.session_secret.get_secret_value(),
                session_cookie=COOKIE,
                max_age=self.settings.session_hours * 3600,
                https_only=self.settings.environment == "production",
            ),
            Middleware(Reader),
        ]

    @asynccontextmanager
    async def _running(self, loops: Sequence[Loop]) -> AsyncIterator[None]:
        log.info("service starts", name=self.name)
        tasks = [asyncio.create_task(self._guarded(each)) for each in (self._prepare, *loops)]
        try:
            yield
        finally:
            await stop(tasks, again_after=_STOP_SECONDS)
            await self.client.close()
            self.traces.close()
            log.info("service stopped", name=self.name)

    async def _guarded(self, loop: Loop) -> None:
        """Run a loop for as long as the service lives: what it did not expect is logged, and it begins again."""
        if loop != self._prepare:
            await self.prepared.wait()
        while True:
            try:
                return await loop()
            except (PyMongoError, KafkaError, OSError) as error:
                log.warning("background loop waits", loop=_name_of(loop), reason=type(error).__name__)
            except Exception:
                log.exception("background loop failed", loop=_name_of(loop))
                self.metrics.loop_failures.inc()
            await asyncio.sleep(1)

    async def _prepare(self) -> None:
        """Upgrade the last release's documents and make the indexes, as soon as the database answers."""
        while not self.prepared.is_set():
            try:
                for collection in self.relay.collections:
                    await self._upgrade_outbox(collection)
                for collection, indexes in self._indexes:
                    await collection.create_indexes(indexes)
                self.prepared.set()
                log.info("database ready", database=self.database.name)
            except PyMongoError as error:
                log.warning("waiting for MongoDB", reason=type(error).__name__)
                await asyncio.sleep(1)

    async def _upgrade_outbox(self, collection: Collection) -> None:
        old: Document = {"schema": {"$exists": False}}
        await once(
            self.database, f"outbox of {collection.name}", lambda: update_in_steps(collection, old, outbox.UPGRADE)
        )

    @property
    def degraded(self) -> list[str]:
        """Channels to the outside whose deliveries are overdue: told, but nothing else stops for them."""
        return [each for engine in self._engines for each in engine.degraded]

    async def waiting_for(self) -> list[str]:
        """What keeps the service from its work, in words; empty when nothing does."""
        supervisor, consumer = self._supervisor, self._consumer
        waits = [supervisor.waiting_for if supervisor else None, consumer.waiting_for if consumer else None]
        if not self.prepared.is_set():
            waits.append("MongoDB")
        else:
            try:
                await self.client.admin.command("ping")
            except PyMongoError:
                waits.append("MongoDB")
        if supervisor and not supervisor.waiting_for and consumer and not consumer.assigned:
            waits.append("partitions from Kafka")
        return [each for each in waits if each]


def _name_of(loop: Loop) -> str:
    return getattr(loop, "__qualname__", str(loop))
