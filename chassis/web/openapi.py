"""The OpenAPI document of a service: what FastAPI knows, and the one form in which every route refuses."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI

Json = dict[str, Any]
_PROBLEM: Json = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457; the types are listed in docs/problems.md",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:problem-type:rukun:not-found"]},
        "title": {"type": "string", "description": "In the reader's language"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "What to do next, in the reader's language"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "reason"],
                "properties": {"field": {"type": "string"}, "reason": {"type": "string"}},
            },
        },
    },
}
_REFUSED: Json = {
    "description": "A problem: what is wrong and what to do about it",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def describe(app: FastAPI, plain: Mapping[str, Json], schemas: Mapping[str, Json]) -> None:
    """Complete the application's document. `plain` are paths that FastAPI does not know, with the schemas they name."""
    generated = app.openapi

    def described() -> Json:
        document = generated()
        known = document.setdefault("components", {}).setdefault("schemas", {})
        document["paths"].update(plain)
        known.update({**schemas, "Problem": _PROBLEM})
        for name in ("HTTPValidationError", "ValidationError"):
            known.pop(name, None)
        document["info"]["license"] = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
        for operations in document["paths"].values():
            for operation in operations.values():
                _complete(operation)
        return document

    app.openapi = described  # type: ignore[method-assign]


def _complete(operation: Json) -> None:
    """Every refusal of every route has one form; nobody has to sign in where no scheme is named."""
    operation["responses"].pop("422", None)
    operation["responses"]["default"] = _REFUSED
    operation.setdefault("security", [])
