"""Traces and metrics. One trace runs through HTTP → outbox → Kafka → handler by its `traceparent`.

Ids are always made (they join logs and events); spans are recorded and exported where an OTLP endpoint is set.
"""

import random
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from opentelemetry import context, propagate, trace
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_QUIET = ("/health/", "/metrics", "/static/")


class Metrics:
    """A service's own metrics, without ids in any label."""

    def __init__(self, service: str) -> None:
        self._prefix = f"rukun_{service}"
        self.registry = CollectorRegistry()
        self.requests = Histogram(
            f"{self._prefix}_http_request_seconds",
            "Duration of HTTP requests",
            ["method", "route", "status"],
            registry=self.registry,
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
        )
        self.processed = self._counter("events_processed_total", "Events processed", "type")
        self.published = self._counter("events_published_total", "Events published", "type")
        self.dead = self._counter("dead_letters_total", "Dead letters of the consumer", "topic")
        self.outbox_dead = self._counter(
            "outbox_dead_letters_total", "Documents whose event cannot be published", "collection"
        )
        self.quarantined = self._counter("quarantined_documents_total", "Documents that cannot be read", "collection")
        self.lag = self._gauge("consumer_lag_events", "Events not processed yet", "topic")
        self.pending = self._gauge("outbox_pending_documents", "Documents with unpublished events", "collection")
        self.oldest = self._gauge("outbox_oldest_seconds", "Age of the oldest unpublished event", "collection")
        self.blocked = self._gauge("outbox_blocked_documents", "Documents that wait for an operator", "collection")
        self.deliveries = self._counter("deliveries_total", "Attempts to deliver, by result", "channel", "result")
        self.undelivered = self._gauge("deliveries_queued", "Deliveries that wait", "channel")
        self.undelivered_oldest = self._gauge(
            "deliveries_oldest_seconds", "How long the oldest undelivered one is overdue", "channel", "priority"
        )
        self.loop_failures = self._counter("background_failures_total", "Background loops that failed")

    def begin(self, types: Iterable[str], topics: Iterable[str], collections: Iterable[str]) -> None:
        """Let what is counted be there as 0: of a series that begins at 1 nobody can tell that it grew."""
        for each in types:
            self.published.labels(each)
        for each in topics:
            self.dead.labels(each)
        for each in collections:
            self.quarantined.labels(each)
            self.outbox_dead.labels(each)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"{self._prefix}_{name}", text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"{self._prefix}_{name}", text, labels, registry=self.registry)


class Traces:
    """A service's spans. Ids are no secrets: ordinary randomness makes them."""

    def __init__(self, service: str, endpoint: str) -> None:
        self._provider: Any = None
        if endpoint:
            # Only who exports pays for it: the exporter brings megabytes of modules.
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor

            self._provider = TracerProvider(resource=Resource.create({"service.name": f"rukun-{service}"}))
            self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
            self._tracer = self._provider.get_tracer("rukun")

    @contextmanager
    def span(self, name: str, traceparent: str | None = None) -> Iterator[trace.Span]:
        """A span below `traceparent`, or below the present one where none is given."""
        parent = propagate.extract({"traceparent": traceparent}) if traceparent else context.get_current()
        if self._provider is not None:
            with self._tracer.start_as_current_span(name, context=parent) as span:
                yield span
            return
        # Nobody listens: the ids still run on, so that logs and events of one request can be found together.
        with trace.use_span(trace.NonRecordingSpan(_below(trace.get_current_span(parent).get_span_context()))) as span:
            yield span

    def close(self) -> None:
        """Send what is left."""
        if self._provider is not None:
            self._provider.shutdown()


def _below(parent: trace.SpanContext) -> trace.SpanContext:
    """Another span of the parent's trace, or of a new one where there is none."""
    trace_id = parent.trace_id if parent.is_valid else random.getrandbits(128)
    return trace.SpanContext(trace_id, random.getrandbits(64), is_remote=False, trace_flags=parent.trace_flags)


def traceparent() -> str | None:
    """The W3C header of the present span."""
    carrier: dict[str, str] = {}
    propagate.inject(carrier)
    return carrier.get("traceparent")


class Observed:
    """ASGI middleware: one span and one duration per request, labelled by route template, never by path."""

    def __init__(self, app: ASGIApp, metrics: Metrics, traces: Traces) -> None:
        self._app = app
        self._metrics = metrics
        self._traces = traces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and record how it went."""
        if scope["type"] != "http" or any(part in scope["path"] for part in _QUIET):
            await self._app(scope, receive, send)
            return
        status = 500

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        given = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"traceparent"), None)
        began = time.perf_counter()
        try:
            with self._traces.span(scope["method"], given):
                await self._app(scope, receive, watch)
        finally:
            route = getattr(scope.get("route"), "path", "unknown")
            took = time.perf_counter() - began
            self._metrics.requests.labels(scope["method"], route, str(status)).observe(took)
