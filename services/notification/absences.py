"""Who is away, from when until when, and who stands in: the ladder calls the substitute, with the post's role."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import AwareDatetime, BaseModel

from chassis.language import _
from chassis.problems import Problem
from chassis.quarantine import Documents
from contracts.regions import ancestry
from services.notification.model import Contact, Official
from services.notification.policy import FIELD, HEADS

LONGEST = timedelta(days=366)


class Absence(BaseModel):
    """Somebody who is not called for a time. Without a substitute the others of the office are."""

    begins: AwareDatetime
    ends: AwareDatetime
    substitute: str | None = None
    """An official's id."""
    substitute_name: str = ""

    @property
    def last_day(self) -> datetime:
        """A moment of the last day."""
        return self.ends - timedelta(hours=1)


def may_replace(away: str, role: str) -> bool:
    """Whether somebody of a role may take what one of another is called for."""
    return role in HEADS or role == away or (away not in HEADS and away in FIELD and role in FIELD)


def require_entitled(away: Official, role: str, regions: Iterable[str]) -> None:
    """Refuse a substitute who may not see or take what the absent one may: called, they could not answer."""
    here = set(regions)
    if any(here.isdisjoint(ancestry(each)) for each in away.regions):
        raise Problem(
            "substitute-region",
            422,
            _("Pengganti ini tidak bertugas di wilayah itu"),
            _("Pilih pejabat di kantor yang sama atau di atasnya."),
        )
    if not may_replace(away.role, role):
        raise Problem(
            "substitute-role",
            422,
            _("Pengganti ini tidak berwenang menerima peringatan"),
            _("Pilih kepala KUA, kasi, kabid, atau pejabat pusat."),
        )


class Absences:
    """The absences by official; an import of the directory leaves them as they are."""

    def __init__(self, absences: Documents[Absence]) -> None:
        self._absences = absences

    async def noted(self, officials: Iterable[str], at: datetime) -> dict[str, Absence]:
        """Those of some officials that are not over at a moment."""
        query = {"_id": {"$in": list(officials)}, "ends": {"$gt": at}}
        return {id: each async for id, each in self._absences.scan(query)}

    async def holding(self, officials: Iterable[str], at: datetime) -> dict[str, Absence]:
        """Those of some officials that hold at a moment."""
        return {id: each for id, each in (await self.noted(officials, at)).items() if each.begins <= at}

    async def place(self, official_id: str, absence: Absence, at: datetime) -> None:
        """Somebody will be away; a second time replaces the first. 422 for what cannot be."""
        if not (absence.begins < absence.ends and at < absence.ends <= at + LONGEST):
            detail = _("Tanggal akhirnya harus sesudah tanggal mulai, dan dalam setahun.")
            raise Problem("absence-dates", 422, _("Tanggal tidak sesuai"), detail)
        if absence.substitute == official_id:
            raise Problem("absence-self", 422, _("Pengganti harus orang lain"), _("Pilih pejabat lain."))
        change = {"$set": absence.model_dump()}
        await self._absences.collection.update_one({"_id": official_id}, change, upsert=True)

    async def end(self, official_id: str) -> None:
        """Somebody is back."""
        await self._absences.collection.delete_one({"_id": official_id})


@dataclass(frozen=True)
class Substitute:
    """Who stands in, as they are now: what they may do, where, and how they are reached."""

    role: str
    regions: tuple[str, ...]
    channels: tuple[str, ...]


def stand_in(
    office: str, contacts: Sequence[Contact], absent: Mapping[str, Absence], substitutes: Mapping[str, Substitute]
) -> list[Contact]:
    """The contacts of an office with those away replaced.

    Who stands in for several, or has a post there already, is called once: with the role by which they may take more.
    Where nobody would be left who may take an alert, those away are called all the same: better somebody on leave than
    nobody.
    """
    found: dict[str, Contact] = {}
    for each in contacts:
        contact = _substitute(office, each, absent[each.id], substitutes) if each.id in absent else each
        if contact is not None and (contact.id not in found or _outranks(contact, found[contact.id])):
            found[contact.id] = contact
    missing = [each for each in contacts if each.id in absent and each.role not in {one.role for one in found.values()}]
    for each in missing:
        if not any(may_replace(each.role, one.role) for one in found.values()):
            found[each.id] = each
    return list(found.values())


def _outranks(one: Contact, other: Contact) -> bool:
    return one.role in HEADS and other.role not in HEADS


def _substitute(office: str, away: Contact, absence: Absence, substitutes: Mapping[str, Substitute]) -> Contact | None:
    id = absence.substitute
    if id is None or id not in substitutes:
        return None
    # Judged as they are now: since they were named they may have got another post.
    now_is = substitutes[id]
    entitled = may_replace(away.role, now_is.role) and not set(now_is.regions).isdisjoint(ancestry(office))
    return Contact(id, away.role, now_is.channels) if entitled else None
