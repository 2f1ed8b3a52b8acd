"""What the accept rate is compared with: FastAPI as one would first write it. `python -m bench.plain PORT KIND`."""

import sys
from typing import Any

import uvicorn
from fastapi import FastAPI
from pymongo import AsyncMongoClient, WriteConcern

from services.intake.model import ReportForm


def application(kind: str, mongo_url: str) -> FastAPI:
    """`insert`: one durable insert a request. `nothing`: validates and stores nothing."""
    app = FastAPI()
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(mongo_url)
    reports = client.get_database("bench", write_concern=WriteConcern(w="majority", j=True))["reports"]

    @app.post("/reports", status_code=202)
    async def accept(form: ReportForm) -> dict[str, str]:
        if kind == "insert":
            done = await reports.insert_one(form.model_dump(mode="json"))
            return {"report_id": str(done.inserted_id)}
        return {"report_id": "none"}

    return app


if __name__ == "__main__":
    uvicorn.run(
        application(sys.argv[2], sys.argv[3]),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        log_level="error",
        access_log=False,
    )
