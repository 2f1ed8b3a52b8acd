"""Liveness (the process answers) and readiness (it can do its work, or says what it waits for)."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest


def routes(service: str) -> APIRouter:
    """`/health/live`, `/health/ready` below the service's path, and `/metrics` for the scraper."""
    router = APIRouter(include_in_schema=False)

    @router.get(f"/{service}/health/live")
    async def live() -> dict[str, str]:
        return {"status": "alive"}

    @router.get(f"/{service}/health/ready")
    async def ready(request: Request) -> Response:
        waiting = await request.app.state.foundation.waiting_for()
        return JSONResponse({"ready": not waiting, "waiting_for": waiting}, 503 if waiting else 200)

    @router.get("/metrics")
    async def metrics(request: Request) -> Response:
        registry = request.app.state.foundation.metrics.registry
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return router
