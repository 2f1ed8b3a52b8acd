"""What a developer of a partner system needs to begin: in an hour, without asking anybody."""

import json
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from chassis.clock import now
from chassis.language import _
from services.integration.model import Subject, sample

router = APIRouter(prefix="/integration", include_in_schema=False)

_VERIFY = """\
from standardwebhooks.webhooks import Webhook

def receive(body: bytes, headers: dict) -> None:
    message = Webhook("whsec_…").verify(body, headers)   # raises if it is not ours
    if seen(headers["webhook-id"]):                       # it may come twice
        return
    store(headers["webhook-id"], message)                 # then answer 2xx
"""
_DIGEST = """\
import hashlib

def digest(webhook_ids: list[str]) -> str:
    return hashlib.sha256("\\n".join(sorted(webhook_ids)).encode()).hexdigest()
"""


@router.get("/developers")
async def developers(request: Request) -> Response:
    """Addresses, examples and the first steps."""
    base = request.app.state.settings.public_url
    return request.app.state.shell.page(  # type: ignore[no-any-return]
        request,
        "developers.html",
        title=_("Untuk pengembang"),
        base=base,
        steps=_steps(base),
        samples=[_sample(each) for each in Subject],
        verify=_VERIFY,
        digest=_DIGEST,
    )


def _steps(base: str) -> list[tuple[str, str]]:
    """What to do, and the command that does it."""
    subscribe = (
        f"curl -X POST {base}/integration/v1/subscriptions -H 'Authorization: Bearer rkp_…' \\\n"
        "  -H 'Content-Type: application/json' \\\n"
        '  -d \'{"url": "https://…", "subjects": ["cases", "levels", "alerts"]}\''
    )
    one = f"{base}/integration/v1/subscriptions/ID"
    signed = "-H 'Authorization: Bearer rkp_…'"
    return [
        (_("Berlangganan; jawabannya memuat rahasia tanda tangan, sekali saja."), subscribe),
        (_("Coba alamat Anda dengan kiriman percobaan yang ditandatangani."), f"curl -X POST {one}/test {signed}"),
        (_("Lihat apa yang dikirim, dan apa jawaban alamat Anda."), f"curl {one}/deliveries {signed}"),
        (
            _("Bandingkan sidik hari itu dengan hitungan Anda."),
            f"curl '{one}/digest?day={now():%Y-%m-%d}' {signed}",
        ),
        (_("Baca ulang semuanya dari awal, kapan saja."), f"curl '{base}/integration/v1/feed?cursor=0' {signed}"),
    ]


def _sample(subject: Subject) -> tuple[str, str]:
    """A type of message, and one as it comes."""
    type, data = sample(subject, now())
    body: dict[str, Any] = {"type": type, "timestamp": now().isoformat(), "data": data}
    return type, json.dumps(body, indent=2)
