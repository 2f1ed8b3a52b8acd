"""Who follows cases from outside, and by which token."""

import secrets
from datetime import datetime, timedelta

from chassis.clock import new_id
from chassis.language import _
from chassis.problems import Problem, not_found
from services.integration.model import OldToken, Partner, token_hash
from services.integration.store import Store

PREFIX = "rkp_"
_MOST_OLD = 5
_OVERLAP = timedelta(days=7)
"""How long the token of before is valid beside a new one, so that nothing is lost while it changes."""


async def add_partner(
    store: Store, name: str, account: str | None, regions: list[str], days: int, at: datetime
) -> tuple[str, str]:
    """A new partner; its id and its token, which is shown once and valid for so many days."""
    partner_id, token = new_id(), _new_token()
    until = at + timedelta(days=days)
    partner = Partner(name=name, account=account, regions=regions, token_hash=token_hash(token), token_until=until)
    await store.partners.collection.insert_one({"_id": partner_id, **partner.model_dump(mode="json")})
    return partner_id, token


async def renew_token(store: Store, partner_id: str, days: int, at: datetime) -> str:
    """A new token, shown once; the one of before stays valid for a week. 409 for who changes it at the same moment."""
    partner, token = await load_partner(store, partner_id), _new_token()
    until = min(at + _OVERLAP, partner.token_until or at + _OVERLAP)
    # Those of before stay: renewed twice, the one that programs have is still among them.
    old = [*(each for each in partner.previous if each.until > at), OldToken(hash=partner.token_hash, until=until)]
    change = {
        "token_hash": token_hash(token),
        "token_until": (at + timedelta(days=days)).isoformat(),
        "previous": [each.model_dump(mode="json") for each in old[-_MOST_OLD:]],
    }
    # Compared with what was read: of two who renew at once the second would take the first one's token away.
    same = {"_id": partner_id, "token_hash": partner.token_hash}
    done = await store.partners.collection.update_one(same, {"$set": change})
    if not done.modified_count:
        raise Problem("token-changed", 409, _("Tokennya baru saja diganti"), _("Muat ulang halaman ini."))
    return token


async def revoke_tokens(store: Store, partner_id: str, at: datetime) -> None:
    """No token of this partner is valid any more, from the next request on."""
    over = {"token_hash": token_hash(_new_token()), "token_until": at.isoformat(), "previous": []}
    await store.partners.collection.update_one({"_id": partner_id}, {"$set": over})


async def load_partner(store: Store, partner_id: str) -> Partner:
    """A partner."""
    found = await store.partners.get({"_id": partner_id})
    if found is None:
        raise not_found()
    return found


async def partner_of_token(store: Store, token: str, at: datetime) -> tuple[str, Partner]:
    """The partner with this token, and its id; 401 where nobody has it, or it is over."""
    hashed = token_hash(token)
    found = await store.partners.find({"$or": [{"token_hash": hashed}, {"previous.hash": hashed}]}, limit=1)
    if not found or not found[0][1].accepts(hashed, at):
        detail = _("Minta token baru: masa berlakunya habis, atau token itu bukan token mitra.")
        raise Problem("token", 401, _("Token tidak berlaku"), detail)
    return found[0]


def _new_token() -> str:
    return PREFIX + secrets.token_urlsafe(24)
