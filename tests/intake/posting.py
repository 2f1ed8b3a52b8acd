"""The smallest report, and sending it."""

from typing import Any

import httpx2

SMALL = {
    "region": "31.71.01",
    "categories": ["rumah_ibadat"],
    "narrative": "Ada penolakan, hubungi 081000000001",
    "reporter": {"kind": "anonymous"},
}


async def post(client: httpx2.AsyncClient, body: Any = None, key: str | None = None) -> httpx2.Response:
    headers = {"idempotency-key": key} if key else {}
    return await client.post("/intake/v1/reports", json=body or SMALL, headers=headers)
