"""Programs that post reports for others: a gateway, a call centre, a ministry's own form.

Each has a key, regions that it may report for, and a quota of its own. It is a proven sender, and one voice: whatever
it sends comes through one hand.
"""

import hashlib
import secrets

from limits import parse
from pydantic import AwareDatetime, BaseModel

from chassis.clock import new_id
from chassis.language import _
from chassis.problems import Problem, not_found
from chassis.quarantine import Documents
from contracts.regions import ancestry

PREFIX = "rki_"
RATE = r"^[1-9]\d{0,5}/(second|minute|hour|day)$"


class Client(BaseModel):
    """A program. Of its keys only hashes are stored, the newest first; two hold, so that it can change over."""

    name: str
    regions: tuple[str, ...]
    rate: str
    keys: tuple[str, ...]
    created_at: AwareDatetime
    revoked_at: AwareDatetime | None = None

    def require(self, region: str) -> None:
        """403 where it may not report for a region."""
        if set(self.regions).isdisjoint(ancestry(region)):
            detail = _("Wilayah {region} tidak termasuk izin klien ini; hubungi administrator.").format(region=region)
            raise Problem("client-region", 403, _("Wilayah di luar izin klien"), detail)


class Clients:
    """The programs by their keys."""

    def __init__(self, clients: Documents[Client]) -> None:
        self._clients = clients

    async def all(self) -> list[tuple[str, Client]]:
        """Every program, those that may still report first."""
        found = await self._clients.find({}, sort=[("name", 1)], limit=500)
        return sorted(found, key=lambda each: each[1].revoked_at is not None)

    async def of(self, key: str) -> tuple[str, Client]:
        """The program with this key, and its id. 401 where none has it, or has it no more.

        Asked at each request: a key that was taken away ends with the next one.
        """
        found = await self._clients.find({"keys": _hash(key), "revoked_at": None}, limit=1)
        if not found:
            detail = _("Periksa kuncinya, atau minta yang baru kepada administrator.")
            raise Problem("client-key", 401, _("Kunci klien tidak berlaku"), detail)
        return found[0]

    async def add(self, name: str, regions: tuple[str, ...], rate: str, at: AwareDatetime) -> str:
        """A new program; its key, which is shown once. 422 for a rate that is none."""
        try:
            parse(rate)
        except ValueError:
            detail = _("Tulis misalnya 600/minute atau 20000/day.")
            raise Problem("client-rate", 422, _("Kuota tidak terbaca"), detail) from None
        key = _new_key()
        client = Client(name=name, regions=regions, rate=rate, keys=(_hash(key),), created_at=at)
        await self._clients.collection.insert_one({"_id": new_id(), **client.model_dump()})
        return key

    async def renew(self, id: str) -> str:
        """Another key beside the last one, which holds until the next renewal."""
        found = await self._clients.find({"_id": id, "revoked_at": None}, limit=1)
        if not found:
            raise not_found()
        key, before = _new_key(), found[0][1].keys
        # Compared with what was read: of two who renew at once the second sees that it is not there any more.
        same = {"_id": id, "keys": list(before), "revoked_at": None}
        done = await self._clients.collection.update_one(same, {"$set": {"keys": [_hash(key), before[0]]}})
        if not done.modified_count:
            raise Problem("client-changed", 409, _("Kuncinya baru saja diganti"), _("Muat ulang halaman ini."))
        return key

    async def revoke(self, id: str, at: AwareDatetime) -> None:
        """It reports no more."""
        await self._clients.collection.update_one({"_id": id, "revoked_at": None}, {"$set": {"revoked_at": at}})


def _new_key() -> str:
    return PREFIX + secrets.token_urlsafe(32)


def _hash(key: str) -> str:
    """Keys are long and random: a plain hash of one tells nothing."""
    return hashlib.sha256(key.encode()).hexdigest()
