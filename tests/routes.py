"""Every route of a service, documented or not, with what it takes."""

from collections.abc import Iterator
from dataclasses import dataclass

from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from rukun.services import module_of, settings_of


@dataclass(frozen=True)
class Route:
    """One method of one path; `query` and `body` are the names of its parameters."""

    method: str
    path: str
    query: tuple[str, ...]
    body: tuple[str, ...]

    @property
    def name(self) -> str:
        """`POST /verification/cases/{case_id}/close`."""
        return f"{self.method} {self.path}"


def routes_of(service: str) -> list[Route]:
    """All that the application answers, but for its static files and its own description."""
    return sorted(_routes(service), key=lambda each: (each.path, each.method))


def _routes(service: str) -> Iterator[Route]:
    application = module_of(service).build(settings_of(service))
    for found in iter_route_contexts(application.routes):
        path, methods = getattr(found, "path", None), getattr(found, "methods", None)
        if not path or not methods or path.endswith("/openapi.json"):
            continue
        dependant: Dependant = getattr(found, "dependant", None) or Dependant()
        for method in methods - {"HEAD", "OPTIONS"}:
            yield Route(method, path, tuple(_names(dependant, "query_params")), tuple(_names(dependant, "body_params")))


def _names(dependant: Dependant, kind: str) -> Iterator[str]:
    for field in getattr(dependant, kind):
        inner = getattr(field.field_info.annotation, "model_fields", None)
        yield from inner or (field.alias,)
    for each in dependant.dependencies:
        yield from _names(each, kind)
