"""Who is away, from when until when, and who stands in: the ladder calls the substitute, with the post's role."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from pydantic import AwareDatetime, BaseModel

from chassis.language import _
from chassis.problems import Problem
from chassis.quarantine import Documents
from contracts.regions import ancestry
from services.notification.model import Contact, Official
from services.notification.policy import HEADS

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
    if away.role in HEADS and role not in HEADS:
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

    async def of(self, officials: Iterable[str], at: datetime | None = None) -> dict[str, Absence]:
        """Those of some officials: that hold at a moment, or all that are not over."""
        query = {"_id": {"$in": list(officials)}}
        found = {id: each async for id, each in self._absences.scan(query)}
        return {id: each for id, each in found.items() if at is None or each.begins <= at < each.ends}

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


def stand_in(
    contacts: Iterable[Contact],
    absent: Mapping[str, Absence],
    substitutes: Mapping[str, tuple[str, ...]],
) -> list[Contact]:
    """The contacts of an office with those away replaced; `substitutes` are their channels by id.

    Who stands in for several, or has a post there already, is called once: with the role by which they may take it,
    whichever post that is.
    """
    found: dict[str, Contact] = {}
    for each in contacts:
        contact: Contact | None = each
        if each.id in absent:
            contact = _substitute(each, absent[each.id], substitutes)
        if contact is not None and (contact.id not in found or each.id in absent):
            found[contact.id] = contact
    return list(found.values())


def _substitute(away: Contact, absence: Absence, substitutes: Mapping[str, tuple[str, ...]]) -> Contact | None:
    id = absence.substitute
    return Contact(id, away.role, substitutes[id]) if id and id in substitutes else None
