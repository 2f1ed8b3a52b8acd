"""Liveness (the process answers) and readiness (it can do its work, or says what it waits for)."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

_health = APIRouter(include_in_schema=False)


@_health.get("/live")
async def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}


@_health.get("/ready")
async def ready(request: Request) -> Response:
    """503 while something keeps the service from its work; `degraded` names outside channels that are overdue."""
    foundation = request.app.state.foundation
    waiting = await foundation.waiting_for()
    body = {"ready": not waiting, "waiting_for": waiting, "degraded": foundation.degraded}
    return JSONResponse(body, 503 if waiting else 200)


def routes(service: str) -> APIRouter:
    """`/health/live`, `/health/ready` below the service's path, and `/metrics` for the scraper."""
    router = APIRouter(include_in_schema=False)
    router.include_router(_health, prefix=f"/{service}/health")
    router.add_api_route("/metrics", metrics)
    return router


async def metrics(request: Request) -> Response:
    """For Prometheus."""
    registry = request.app.state.foundation.metrics.registry
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
