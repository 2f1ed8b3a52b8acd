"""Shows a page of intake."""

from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse


def show(request: Request, name: str, **values: Any) -> HTMLResponse:
    """A page by its template."""
    return request.app.state.shell.page(request, name, **values)  # type: ignore[no-any-return]
