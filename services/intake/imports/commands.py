"""Imports: taken, understood in the background, shown, and after somebody's word stored in the background.

    file ──▶ checking ──▶ checked ──▶ storing ──▶ done
                │  ▲          │
                ▼  └──────────┘ columns corrected
             refused

One replica works, one file at a time. Whoever dies begins its step again: checking writes nothing, and a report is
recognised by what it says.
"""

import asyncio
import json
import sys
import time
import zlib
from base64 import b64decode, b64encode
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import timedelta
from http import HTTPStatus
from typing import Any, cast

import structlog
from cryptography.exceptions import InvalidTag
from pymongo.errors import PyMongoError

from chassis import language
from chassis.clock import new_id, now
from chassis.concurrency import wait_for_wake
from chassis.database import Collection, Document
from chassis.identity import Person
from chassis.language import _
from chassis.leases import Lease
from chassis.problems import Problem, not_found
from chassis.quarantine import Documents
from contracts.vocabulary import Channel, Provenance
from services.intake.commands import Sender, accept_report
from services.intake.imports import worker
from services.intake.imports.model import Finding, Import, Shown, Step
from services.intake.model import ReportForm, digest_of
from services.intake.sealing import Seal
from services.intake.store import Store

log = structlog.get_logger(__name__)
_FORGOTTEN = timedelta(days=2)
_LARGEST_STORED = 11 * 1024 * 1024
"""Sealed it has to fit into a document of 16 MB."""
_UNSEALED = {"sealed": 0}
"""The file itself, of megabytes, is read only where it is understood: its page looks every second."""
_BATCH = 100
_SHOWN = 300
_SAMPLES, _LONGEST_REASON = 3, 300
_LONGEST_LINE = 2 * 1024 * 1024
_REST = 2.0
"""How long the house is left to others, for each second that an import takes."""


class Imports:
    """The files that wait, and the one that is worked on."""

    def __init__(self, store: Store, files: Documents[Import], seal: Seal, key: bytes, lease: Lease) -> None:
        self._store = store
        self._files = files
        self._seal = seal
        self._key = key
        self._lease = lease
        self._waiting = asyncio.Event()

    @property
    def _collection(self) -> Collection:
        return self._files.collection

    async def begin(self, person: Person, name: str, content: bytes, is_history: bool) -> str:
        """Take a file, to be understood in the background; its id."""
        packed = await asyncio.to_thread(zlib.compress, content, 6)
        if len(packed) > _LARGEST_STORED:
            raise Problem("file-too-large", 413, _("Berkas terlalu besar"), _("Bagilah menjadi beberapa berkas."))
        id, at = new_id(), now()
        document = {
            "_id": id,
            "owner": person.sub,
            "language": language.current(),
            "regions": list(person.regions),
            "is_history": is_history,
            "step": Step.CHECKING,
            "at": at,
            "forget_at": at + _FORGOTTEN,
            "sealed": self._seal.hide({"content": b64encode(packed).decode()}, id),
            "sealed_shown": self._hidden(id, Shown(name=name[:200])),
        }
        await self._collection.insert_one(document)
        self._waiting.set()
        return id

    async def get(self, id: str, person: Person) -> Import:
        """An import of one's own; 404 where there is none."""
        found = await self._files.find({"_id": id, "owner": person.sub}, fields=_UNSEALED, limit=1)
        if not found:
            raise not_found()
        return self._opened(found[0][1])

    def _hidden(self, id: str, shown: Shown) -> bytes:
        return self._seal.hide(shown.model_dump(mode="json"), f"{id}:shown")

    def _opened(self, file: Import) -> Import:
        if file.sealed_shown:  # a release before this one left none
            try:
                file.shown = Shown.model_validate(self._seal.show(file.sealed_shown, f"{file.id}:shown"))
            except InvalidTag:
                raise Problem("file-unreadable", 422, _("Berkas tidak terbaca"), _("Kirim lagi berkasnya.")) from None
        return file

    async def check_again(self, id: str, person: Person, fields: list[str | None]) -> None:
        """Understand it with other columns."""
        await self._move(id, person, Step.CHECKING, {"fields": fields, "corrected": True})

    async def confirm(self, id: str, person: Person) -> None:
        """Store what was shown. Who says so twice has it stored once."""
        await self._move(id, person, Step.STORING, {"done": 0})

    async def _move(self, id: str, person: Person, step: Step, change: Document) -> None:
        own = {"_id": id, "owner": person.sub, "step": Step.CHECKED}
        # Compared with where it stands: of two clicks the second finds nothing to move.
        moved = await self._collection.update_one(own, {"$set": {"step": step, **change}})
        if not moved.matched_count:
            await self.get(id, person)
        self._waiting.set()

    async def work_always(self) -> None:
        """Work on what waits, the oldest first, until cancelled."""
        await self._store.foundation.prepared.wait()
        while True:
            await self._lease.wait_held()
            self._waiting.clear()
            wanted = {"step": {"$in": [Step.CHECKING, Step.STORING]}}
            found = await self._files.find(wanted, fields=_UNSEALED, sort=[("at", 1)], limit=1)
            if not found:
                await wait_for_wake(self._waiting, 0.2 if self._lease.contended else 5.0)
                continue
            await self._work(found[0][1])

    async def _work(self, file: Import) -> None:
        try:
            file = self._opened(file)
            with language.use(file.language):  # the sender reads what is wrong with a row
                await (self._check(file) if file.step is Step.CHECKING else self._store_all(file))
        except PyMongoError:
            raise
        except Exception as error:
            log.warning("import refused", reason=type(error).__name__, exc_info=error)
            problem = error if isinstance(error, Problem) else _unexpected()
            if problem.status == HTTPStatus.SERVICE_UNAVAILABLE:
                raise  # the database is away: it goes on where it stood
            await self._set(file.id, {"step": Step.REFUSED, "problem": [problem.title, problem.detail]})

    async def _set(self, id: str, change: Document) -> None:
        await self._collection.update_one({"_id": id}, {"$set": change})

    async def _check(self, file: Import) -> None:
        seen = Import.model_validate({"_id": file.id, **file.model_dump(include=_OF_THE_SENDER), "step": file.step})
        seen.shown = Shown(name=file.shown.name)
        async with aclosing(self._understand(file)) as batches:
            async for batch in batches:
                if "names" in batch[0]:
                    seen.names, seen.fields, seen.rows = batch[0]["names"], batch[0]["fields"], batch[0]["rows"]
                    continue
                known = await self._known([each["key"] for each in batch if "key" in each])
                for row in batch:
                    _take(seen, row, known)
                await self._set(file.id, {"done": seen.done, "rows": seen.rows})
        seen.step, seen.sealed_shown = Step.CHECKED, self._hidden(file.id, seen.shown)
        plain = seen.model_dump(mode="json", exclude={"id", "at", "owner", "sealed_shown"})
        await self._set(file.id, {**plain, "sealed_shown": seen.sealed_shown})

    async def _known(self, keys: list[str]) -> set[str]:
        found = self._store.reports.collection.find({"idempotency": {"$in": keys}}, {"idempotency": 1})
        return {each["idempotency"] async for each in found}

    async def _store_all(self, file: Import) -> None:
        """Batch after batch; what was stored before a crash is known by what it says."""
        stored, done = file.stored, 0
        async with aclosing(self._understand(file)) as batches:
            async for batch in batches:
                if "names" in batch[0]:
                    continue
                began, done = time.monotonic(), done + len(batch)
                if done <= file.done:
                    continue
                good = [each for each in batch if "key" in each]
                known = await self._known([each["key"] for each in good])
                made = await asyncio.gather(*(self._accept(file, each) for each in good))
                stored += len(made) - len(known)
                file.shown.tickets = (file.shown.tickets + made)[:_SHOWN]
                shown = self._hidden(file.id, file.shown)
                await self._set(file.id, {"done": done, "stored": stored, "sealed_shown": shown})
                # The house belongs to those who report now: two thirds of the time an import waits.
                await asyncio.sleep(_REST * (time.monotonic() - began))
        await self._set(file.id, {"step": Step.DONE, "done": done})

    async def _accept(self, file: Import, row: dict[str, Any]) -> Finding:
        by = Sender(
            channel=Channel.IMPORT,
            digest=digest_of(row["key"].encode()),
            idempotency=row["key"],
            sender=f"account:{file.owner}",
            provenance=Provenance.OFFICER,
            history=file.is_history,
        )
        accepted = await accept_report(self._store, self._key, ReportForm.model_validate(row["form"]), by, now())
        return Finding(number=row["number"], text=row["text"], ticket=accepted.ticket)

    async def _understand(self, file: Import) -> AsyncGenerator[list[dict[str, Any]], None]:
        """What the worker reads: the heading alone, then rows in batches. `Problem` where it reads nothing."""
        found = await self._collection.find_one({"_id": file.id}, {"sealed": 1, "corrected": 1}) or {}
        packed = b64decode(self._seal.show(found["sealed"], file.id)["content"])
        asked = worker.Asked(
            name=file.shown.name,
            language=file.language,
            regions=file.regions,
            is_history=file.is_history,
            fields=file.fields if found.get("corrected") else None,
        )
        content = asked.model_dump_json().encode() + b"\n" + await asyncio.to_thread(zlib.decompress, packed)
        batch: list[dict[str, Any]] = []
        async with aclosing(_read(content)) as lines:
            async for line in lines:
                if "title" in line:
                    raise Problem("file-unreadable", 422, line["title"], line["detail"])
                batch.append(line)
                if len(batch) == _BATCH or "names" in line:
                    yield batch
                    batch = []
        if batch:
            yield batch


_OF_THE_SENDER = {"owner", "language", "regions", "is_history", "at"}


def _unexpected() -> Problem:
    detail = _("Simpan lembar kerja sebagai CSV atau XLSX.")
    return Problem("file-unreadable", 422, _("Berkas tidak terbaca"), detail)


def _take(seen: Import, row: dict[str, Any], known: set[str]) -> None:
    """Count a row, and note what its sender has to see."""
    seen.done += 1
    reason = row.get("wrong", "")
    if "key" in row:
        seen.good += 1
        seen.known += row["key"] in known
        if len(seen.shown.samples) < _SAMPLES:
            seen.shown.samples.append(row["form"])
        return
    if "same_as" in row:
        seen.repeated += 1
        reason = _("sama dengan baris {number}").format(number=row["same_as"])
    else:
        seen.wrong += 1
    if len(seen.shown.findings) < _SHOWN:
        seen.shown.findings.append(Finding(number=row["number"], text=row["text"], reason=reason[:_LONGEST_REASON]))


async def _read(content: bytes) -> AsyncGenerator[dict[str, Any], None]:
    """The worker's lines as they come; `Problem` where its limits ended it."""
    pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    command = (sys.executable, "-m", worker.__name__)
    process = await asyncio.create_subprocess_exec(
        *command, stdin=pipe, stdout=pipe, stderr=nothing, limit=_LONGEST_LINE
    )
    into, out = cast(asyncio.StreamWriter, process.stdin), cast(asyncio.StreamReader, process.stdout)
    feeding = asyncio.create_task(_feed(into, content))
    try:
        async for line in out:
            yield json.loads(line)
        if await process.wait() != 0:
            detail = _("Bagilah menjadi beberapa berkas, atau simpan sebagai CSV.")
            raise Problem("file-too-large", 422, _("Berkas tidak dapat dibaca dalam batasnya"), detail)
    finally:
        feeding.cancel()
        if process.returncode is None:  # nobody reads any more
            process.kill()
            await process.wait()


async def _feed(stdin: asyncio.StreamWriter, content: bytes) -> None:
    try:
        stdin.write(content)
        await stdin.drain()
    except ConnectionError:
        log.info("import worker ended before it read everything")
    finally:
        stdin.close()
