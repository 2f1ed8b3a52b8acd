"""An export of records with their checkpoints, and what an outsider finds in it."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pymongo import MongoClient
from pymongo.collection import Collection
from pymongo.errors import PyMongoError

from chassis.audit import CHECKPOINTS, START, AuditKey, Checkpoint, checkpoint_hash, hash_of, is_signed
from chassis.clock import now
from chassis.language import _
from rukun.ports import Ports
from rukun.services import settings_of
from services.intake.openings import ACCESS_LOG, PROJECTED_WITHIN
from services.verification.model import TIMELINE
from services.verification.store import LAST_STEP, READS
from services.verification.timeline import first_break, step_id

Line = dict[str, Any]
_ALONE = ((f"verification.{READS}", "verification", READS), (f"intake.{ACCESS_LOG}", "intake", ACCESS_LOG))
"""Entries that stand alone: what their lines are called, their service and collection."""
_A_DAY = timedelta(days=1)
_WITHIN = {"verification": _A_DAY, "intake": PROJECTED_WITHIN + _A_DAY}
"""How long after it is dated a record may be written: it waited for the bus or the projector."""


def export(client: MongoClient[Line], prefix: str) -> Iterator[Line]:
    """Every record that is audited, and every checkpoint. Checkpoints come first: what is written meanwhile is new."""
    for service in ("verification", "intake"):
        for each in client[f"{prefix}_{service}"][CHECKPOINTS].find().sort("state.n", 1):
            yield {"kind": "checkpoint", **each["state"]}
    own = client[f"{prefix}_verification"]
    for case in own["cases"].find({}, {"state.earlier_steps": 1, "projections": 1}).sort("_id", 1):
        for step in _steps(case, own[TIMELINE]):
            yield {"kind": "step", "case_id": case["_id"], "step": step}
    for kind, service, collection in _ALONE:
        for entry in client[f"{prefix}_{service}"][collection].find().sort("_id", 1):
            # Its hash is all that is verified: what somebody did, and why, stays in the house.
            yield {"kind": kind, "entry": {"_id": entry["_id"], "at": entry["at"], "hash": hash_of(entry)}}


def _steps(case: Line, timeline: Collection[Line]) -> list[Line]:
    """The steps of a case: those that release 0.1 wrote into it, those of their own, those not projected yet."""
    # By their ids, which begin with the case's: the collection has no other index.
    of_case = {"_id": {"$gte": step_id(case["_id"], 0), "$lte": step_id(case["_id"], LAST_STEP)}}
    written = list(timeline.find(of_case).sort("_id", 1))
    known = {each["_id"] for each in written}
    waiting = [each["document"] for each in case.get("projections", ()) if each["collection"] == TIMELINE]
    documents = [*written, *(each for each in waiting if each["_id"] not in known)]
    own = [{name: value for name, value in each.items() if name not in ("_id", "case_id")} for each in documents]
    return [*case["state"].get("earlier_steps", []), *own]


@dataclass
class Records:
    """What an export holds."""

    steps: dict[str, list[Line]] = field(default_factory=lambda: defaultdict(list))
    alone: dict[str, Line] = field(default_factory=dict)
    checkpoints: dict[str, list[Checkpoint]] = field(default_factory=lambda: defaultdict(list))

    def take(self, line: Line) -> None:
        """One line of the file."""
        if line["kind"] == "step":
            self.steps[line["case_id"]].append(line["step"])
        elif line["kind"] == "checkpoint":
            found = Checkpoint.model_validate(line)
            self.checkpoints[found.service].append(found)
        else:
            self.alone[line["entry"]["_id"]] = {**line["entry"], "service": line["kind"].partition(".")[0]}

    def written(self, service: str) -> Iterator[tuple[str, Line]]:
        """The first steps of cases, and the entries that stand alone, of a service."""
        yield from ((id, each) for id, each in self.alone.items() if each["service"] == service)
        if service == "verification":
            yield from ((id, steps[0]) for id, steps in self.steps.items() if steps)


def verify(records: Records, public: str, noted: Iterable[str]) -> list[str]:
    """What is wrong, a sentence each; nothing where all is as it was signed."""
    found = []
    for case_id, steps in records.steps.items():
        if broken := first_break(steps):
            found.append(_("Kasus {id}: rantai putus pada langkah {step}.").format(id=case_id, step=broken))
    for service, checkpoints in records.checkpoints.items():
        found += _chain(service, checkpoints, public)
        found += [fault for each in checkpoints for head in each.heads if (fault := _head(records, each, head))]
    for service, within in _WITHIN.items():
        found += _unlisted(records, service, within)
    known = {f"{each.service}:{each.n}:{each.hash}" for every in records.checkpoints.values() for each in every}
    missing = _("Tanda {noted}, yang pernah dicatat, tidak ada.")
    found += [missing.format(noted=each) for each in noted if each not in known]
    return list(dict.fromkeys(found))


def _chain(service: str, checkpoints: list[Checkpoint], public: str) -> Iterator[str]:
    previous, at = START, f"{service}:"
    for n, each in enumerate(checkpoints, start=1):
        if (each.n, each.previous) != (n, previous):
            yield _("Tanda {at}{n}: tidak menyambung dengan yang sebelumnya.").format(at=at, n=n)
        if each.hash != checkpoint_hash(each) or (public and not is_signed(each, public)):
            yield _("Tanda {at}{n}: isi atau tanda tangannya tidak cocok.").format(at=at, n=n)
        previous = each.hash


def _unlisted(records: Records, service: str, within: timedelta) -> Iterator[str]:
    """Records that a checkpoint should have listed: put in afterwards, or nothing was signed any more."""
    written = {id: datetime.fromisoformat(str(each["at"])) for id, each in records.written(service)}
    if not (checkpoints := records.checkpoints.get(service)):
        if written:
            yield _("{service}: tidak ada tanda sama sekali.").format(service=service)
        return
    listed, last = {head.id for each in checkpoints for head in each.heads}, checkpoints[-1].at
    missing = _("Catatan {id}: tidak ada dalam tanda mana pun, padahal lebih tua daripada tanda terakhir.")
    yield from (missing.format(id=id) for id, at in written.items() if id not in listed and at < last - within)
    if any(at > last + _A_DAY for at in written.values()):
        stopped = _("{service}: tanda terakhir {at}, padahal ada catatan sehari lebih baru.")
        yield stopped.format(service=service, at=last.isoformat(timespec="minutes"))


def _head(records: Records, checkpoint: Checkpoint, head: Any) -> str | None:
    """What a checkpoint saw must still be there, as it was."""
    if head.id in records.steps:
        steps = records.steps[head.id]
        as_signed = len(steps) >= head.count and steps[head.count - 1]["hash"] == head.hash
    else:
        as_signed = head.id in records.alone and records.alone[head.id]["hash"] == head.hash
    if as_signed:
        return None
    changed = _("Catatan {id}: hilang, terpotong, atau berubah sesudah ditandatangani (tanda {service}:{n}, {at}).")
    at = checkpoint.at.isoformat(timespec="minutes")
    return changed.format(id=head.id, service=checkpoint.service, n=checkpoint.n, at=at)


def read(file: Path) -> Records:
    """An export."""
    records = Records()
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                records.take(json.loads(line))
            except (ValueError, KeyError, TypeError, ValidationError) as error:
                wrong = _("{file}, baris {number}: tidak terbaca ({reason}).")
                raise SystemExit(wrong.format(file=file, number=number, reason=type(error).__name__)) from None
    return records


def export_command(file: Path, url: str, prefix: str) -> None:
    """Write the export."""
    count, url = 0, url or f"mongodb://127.0.0.1:{Ports().mongo}/?replicaSet=rukun"
    try:
        with MongoClient[Line](url, tz_aware=True) as client, file.open("x", encoding="utf-8") as out:
            for line in export(client, prefix):
                out.write(json.dumps(line, ensure_ascii=False, default=_text) + "\n")
                count += 1
    except FileExistsError:
        raise SystemExit(_("{file} sudah ada; pilih nama lain.").format(file=file)) from None
    except (OSError, PyMongoError) as error:
        raise SystemExit(_("Tidak berhasil: {reason}").format(reason=error)) from None
    print(_("{count} catatan ditulis ke {file} pada {at}.").format(count=count, file=file, at=now().isoformat()))


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    return str(value)


def verify_command(file: Path, public: str, noted: list[str]) -> None:
    """Verify an export, and say what was and was not shown by it."""
    records = read(file)
    faults = verify(records, public, noted)
    for each in faults:
        print(each)
    for service, checkpoints in sorted(records.checkpoints.items()):
        last = checkpoints[-1]
        print(_("Tanda terakhir, catatlah: {noted}").format(noted=f"{service}:{last.n}:{last.hash}"))
    if not public:
        print(_("Tanpa --key tidak diperiksa siapa yang menandatangani."))
    if faults or not records.checkpoints:
        raise SystemExit(_("Catatan TIDAK utuh.") if faults else _("Belum ada tanda: tidak ada yang dapat diperiksa."))
    entries = sum(map(len, records.steps.values())) + len(records.alone)
    print(_("Utuh: {entries} catatan.").format(entries=entries))


def _own_key() -> AuditKey:
    settings: Any = settings_of("verification")
    return AuditKey(settings.audit_key.get_secret_value())


def key_command() -> None:
    """Print the public key."""
    print(_own_key().public)


def actor_command(sealed: str) -> None:
    """Print who it was."""
    try:
        print(_own_key().open(sealed))
    except ValueError:
        raise SystemExit(_("Tidak disegel dengan AUDIT_KEY ini.")) from None
