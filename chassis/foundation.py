"""What a service is built on, put together: database, broker, consumer, relay, telemetry, web application.

Everything outside may be away at the start and come later: HTTP answers at once, the rest waits in the background
and readiness says for what.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import structlog
from aiokafka.errors import KafkaError
from fastapi import APIRouter, FastAPI
from fastapi.staticfiles import StaticFiles
from faststream.exceptions import FastStreamException
from pydantic import BaseModel
from pymongo import IndexModel
from pymongo.errors import PyMongoError
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware

from chassis import health, problems, signin
from chassis.bus import Bus, Cluster
from chassis.concurrency import stop
from chassis.consumer import Consumer, Table, lag
from chassis.relay import Relay
from chassis.settings import Settings
from chassis.store import Aggregates, Collection, connect, database, outbox_indexes
from chassis.telemetry import Metrics, Observed, Traces
from chassis.web.shell import STATIC, Shell
from contracts.topics import TOPICS, heard_by, said_by

log = structlog.get_logger(__name__)
S = TypeVar("S", bound=BaseModel)
_LOOK_SECONDS = 12
_STOP_SECONDS = 5
Loop = Callable[[], Awaitable[None]]


class Foundation:
    """One service's ground. Building it does no I/O."""

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self.settings = settings
        self.client = connect(settings.mongo_url)
        self.database = database(self.client, f"{settings.database_prefix}_{name}")
        self.metrics = Metrics(name)
        self.traces = Traces(name, settings.otlp_endpoint)
        self.bus = Bus(settings, name)
        self.prepared = asyncio.Event()
        self._indexes: list[tuple[Collection, list[IndexModel]]] = []
        self.relay = Relay(self.bus, f"/rukun/{name}", self.metrics)
        self._cluster = Cluster(settings)
        self._consumer: Consumer | None = None
        self._joined: str | None = None
        self._relaying: asyncio.Task[None] | None = None
        self._bus_waits: str | None = "Kafka belum terhubung"

    def aggregates(self, collection: str, kind: type[S], indexes: Sequence[IndexModel] = ()) -> Aggregates[S]:
        """A collection of aggregates whose events the relay sends."""
        kept = self.database[collection]
        self._indexes.append((kept, [*outbox_indexes(), *indexes]))
        self.relay.watch(kept)
        return Aggregates(kept, kind, self.relay.ring)

    def collection(self, name: str, indexes: Sequence[IndexModel] = ()) -> Collection:
        """A collection of plain documents, which say nothing."""
        kept = self.database[name]
        if indexes:
            self._indexes.append((kept, list(indexes)))
        return kept

    def application(
        self,
        *,
        title: str,
        templates: Path,
        routers: Sequence[APIRouter],
        table: Table,
        loops: Sequence[Loop] = (),
        state: Mapping[str, Any] | None = None,
    ) -> FastAPI:
        """The service as a web application whose lifespan runs all of it."""
        self._consumer = Consumer(self.name, self.bus, self.database, table, self.metrics, self.traces)
        self.bus.hear(heard_by(self.name), self._consumer.digest)

        @asynccontextmanager
        async def lifespan(_: FastAPI) -> AsyncIterator[None]:
            async with self._running(loops):
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
        app.state.shell = Shell(self.name, templates)
        app.state.sign_in = signin.SignIn(self.settings, self.name)
        for key, value in (state or {}).items():
            setattr(app.state, key, value)
        for router in (*routers, signin.routes(self.name), health.routes(self.name)):
            app.include_router(router)
        app.mount(f"/{self.name}/static", StaticFiles(directory=STATIC), name="static")
        problems.install(app)
        return app

    def _middleware(self) -> list[Middleware]:
        return [
            Middleware(Observed, metrics=self.metrics, traces=self.traces),
            Middleware(
                SessionMiddleware,
                secret_key=self.settings.session_secret.get_secret_value(),
                session_cookie="rukun_session",
                max_age=self.settings.session_hours * 3600,
                https_only=self.settings.environment == "production",
            ),
        ]

    @asynccontextmanager
    async def _running(self, loops: Sequence[Loop]) -> AsyncIterator[None]:
        log.info("service starts", name=self.name)
        tasks = [asyncio.create_task(self._guarded(each)) for each in (self._prepare, self._keep_bus, *loops)]
        try:
            yield
        finally:
            await stop(tasks, again_after=_STOP_SECONDS)
            await self.bus.leave()
            await self.client.close()
            self.traces.close()
            log.info("service stopped", name=self.name)

    async def _guarded(self, loop: Loop) -> None:
        """Run a loop for as long as the service lives: what it did not expect is logged, and it begins again."""
        if loop not in (self._prepare, self._keep_bus):
            await self.prepared.wait()
        while True:
            try:
                return await loop()
            except Exception as error:
                log.exception("background loop failed", loop=getattr(loop, "__qualname__", str(loop)))
                if not isinstance(error, PyMongoError | KafkaError | OSError):
                    self.metrics.loop_failures.inc()
                await asyncio.sleep(1)

    async def _prepare(self) -> None:
        """Make the indexes as soon as the database answers."""
        while not self.prepared.is_set():
            try:
                for collection, indexes in self._indexes:
                    await collection.create_indexes(indexes)
                self.prepared.set()
                log.info("database ready", database=self.database.name)
            except PyMongoError as error:
                log.warning("waiting for MongoDB", reason=type(error).__name__)
                await asyncio.sleep(1)

    async def _keep_bus(self) -> None:
        """Connect, and notice when the brokers are others than before: they know nothing, so say it all again."""
        await self.prepared.wait()
        try:
            while True:
                await self._look()
                await self._measure_lag()
                await asyncio.sleep(1 if self._bus_waits else 3)
        finally:
            await self._stop_relay()

    async def _look(self) -> None:
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                cluster, topics = await self._cluster.look()
            if cluster != self._joined:
                topics |= await self._recognise(cluster, topics)
            if missing := set(heard_by(self.name)) - topics:
                makers = sorted({TOPICS[name].producer for name in missing})
                self._bus_waits = f"menunggu topik dari {', '.join(makers)}: {', '.join(sorted(missing))}"
                log.info("waiting for topics", missing=sorted(missing))
                return
            if cluster != self._joined:
                await self.bus.join()
                self._joined = cluster
                log.info("bus ready", cluster=cluster)
            self._start_relay()
        except PyMongoError as error:
            self._bus_waits = "menunggu MongoDB"
            log.warning("waiting for MongoDB", reason=type(error).__name__)
            return
        except (KafkaError, FastStreamException, OSError, TimeoutError) as error:
            self._bus_waits = f"menunggu Kafka di {self.settings.kafka_bootstrap_servers}"
            log.warning("waiting for Kafka", reason=f"{type(error).__name__}: {error}"[:200])
            return
        self._bus_waits = None

    async def _recognise(self, cluster: str, topics: set[str]) -> set[str]:
        """Prepare for a cluster that we have not joined; the topics that were created.

        Only a service itself creates the topics it speaks on, after everything was marked to be said again and with
        the relay at rest: so nothing new can overtake what the new brokers have not heard yet.
        """
        await self._stop_relay()
        if self._joined is not None:
            log.warning("the broker forgot everything; joining again")
            await self.bus.abandon()
            self._joined = None
        await self._say_again_to(cluster)
        own = {topic.name for topic in said_by(self.name)}
        if missing := own - topics:
            if not self.settings.kafka_create_topics:
                raise OSError(f"topics missing: {', '.join(sorted(missing))}")
            await self._cluster.create(missing)
        return own

    async def _say_again_to(self, cluster: str) -> None:
        kept = await self.database["chassis"].find_one({"_id": "cluster"})
        if kept and kept["cluster"] == cluster:
            return
        again = await self.relay.republish() if kept else 0
        await self.database["chassis"].update_one({"_id": "cluster"}, {"$set": {"cluster": cluster}}, upsert=True)
        log.info("new cluster", documents_said_again=again)

    def _start_relay(self) -> None:
        if self._relaying is None or self._relaying.done():
            retention = timedelta(hours=self.settings.outbox_retention_hours)
            self._relaying = asyncio.create_task(self.relay.run(retention))

    async def _stop_relay(self) -> None:
        if self._relaying is not None:
            await stop([self._relaying])
            self._relaying = None

    async def _measure_lag(self) -> None:
        if self.bus.subscriber is None:
            return
        for topic, behind in (await lag(self.bus.subscriber)).items():
            self.metrics.lag.labels(topic).set(behind)

    async def waiting_for(self) -> list[str]:
        """What keeps the service from its work, in words; empty when nothing does."""
        waits = [self._bus_waits, self._consumer.waiting_for if self._consumer else None]
        if not self.prepared.is_set():
            waits.append("menunggu MongoDB")
        else:
            try:
                await self.client.admin.command("ping")
            except PyMongoError:
                waits.append("MongoDB tidak menjawab")
        if not self._bus_waits and not self._assigned():
            waits.append("menunggu bagian topik dari Kafka")
        return [each for each in waits if each]

    def _assigned(self) -> bool:
        consumer = self.bus.subscriber.consumer if self.bus.subscriber else None
        return bool(consumer and consumer.assignment())
