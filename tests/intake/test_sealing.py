"""Keys of sealing: which one sealed is known, the newest seals, older ones open until what they sealed is rewrapped."""

import hashlib
import os

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chassis.settings import DEVELOPMENT_SECRET
from services.intake.sealing import Seal
from tests.intake.posting import SMALL, post
from tests.running import Service

OLD, NEW = "kunci-lama-" + "0" * 32, "kunci-baru-" + "1" * 32
SECRET = {"contact": "+6281000000077"}


def test_each_key_has_a_name_and_opens_only_its_own() -> None:
    sealed, wrapped = Seal(OLD).close(SECRET, "r")
    assert Seal(NEW, [OLD]).open(sealed, wrapped, "r") == SECRET
    assert Seal(OLD, [NEW]).key_id != Seal(NEW, [OLD]).key_id
    with pytest.raises(InvalidTag):
        Seal(NEW).open(sealed, wrapped, "r")
    with pytest.raises(InvalidTag):
        Seal(OLD).open(sealed, wrapped, "another")
    hidden = Seal(OLD).hide(SECRET, "r")
    assert Seal(NEW, [OLD]).show(hidden, "r") == SECRET
    with pytest.raises(InvalidTag):
        Seal(NEW).show(hidden, "r")


def test_key_that_comes_next_opens_before_it_seals() -> None:
    """While replicas are replaced one by one, each opens what the other seals."""
    before, after = Seal(OLD, [NEW]), Seal(NEW, [OLD])
    assert before.show(after.hide(SECRET, "r"), "r") == SECRET
    assert after.show(before.hide(SECRET, "r"), "r") == SECRET


def test_what_release_0_2_sealed_is_opened() -> None:
    key, wrapping = AESGCM.generate_key(256), AESGCM(hashlib.sha256(OLD.encode()).digest())

    def as_then(cipher: AESGCM, plain: bytes) -> bytes:
        nonce = b"\x02" + os.urandom(11)  # as today's format begins, by chance
        return nonce + cipher.encrypt(nonce, plain, b"r")

    sealed, wrapped = as_then(AESGCM(key), b'{"contact": "+6281000000077"}'), as_then(wrapping, key)
    assert Seal(NEW, [OLD]).open(sealed, wrapped, "r") == SECRET


@pytest.mark.parametrize("harm", [b"", b"\x02", b"\x02" + b"0" * 20])
def test_what_is_cut_off_is_refused(harm: bytes) -> None:
    with pytest.raises((InvalidTag, ValueError)):
        Seal(NEW).show(harm, "r")


async def test_changing_the_key_wraps_anew_all_that_was_not_erased(intake: Service) -> None:
    reporter = {"kind": "citizen", "contact": "+6281000000077", "consent": "2026-11"}
    stays, goes = [(await post(intake.client(), {**SMALL, "reporter": reporter})).json() for _ in range(2)]
    identities = intake.app.state.store.identities
    await identities.load(goes["report_id"])
    collection = intake.foundation.database["identities"]
    in_the_log = (await collection.find_one({"_id": goes["report_id"]}) or {})["key"]
    await identities.erase(goes["report_id"])
    present = identities._seal
    secret = DEVELOPMENT_SECRET
    identities._seal = Seal(NEW, [secret])
    try:
        assert await identities.rewrap() == 0
        assert await identities.open(stays["report_id"]) == {**reporter, "name": None}
        # With the old key gone, what the database's log still knows of the erased one is of no use to anybody.
        identities._seal = Seal(NEW)
        assert await identities.open(stays["report_id"]) == {**reporter, "name": None}
        with pytest.raises(InvalidTag):
            identities._seal.rewrap(in_the_log, goes["report_id"])
        assert await collection.count_documents({"_id": goes["report_id"], "key": None, "sealed": b""}) == 1
        # A key that is missing leaves what it wrapped as it is, and says so.
        identities._seal = Seal(OLD)
        assert await identities.rewrap() >= 1
    finally:
        identities._seal = Seal(secret, [NEW])
        await identities.rewrap()
        identities._seal = present


async def test_half_broken_identities_hold_up_no_other(intake: Service) -> None:
    reporter = {"kind": "citizen", "contact": "+6281000000079", "consent": "2026-11"}
    report = (await post(intake.client(), {**SMALL, "reporter": reporter})).json()
    identities, collection = intake.app.state.store.identities, intake.foundation.database["identities"]
    await identities.load(report["report_id"])
    broken = [{"_id": f"!broken-{n}", "key": key} for n, key in enumerate([5, "text", b"", b"\x02", {"a": 1}])]
    await collection.insert_many([*broken, {"_id": "!broken-none"}])
    present = identities._seal
    identities._seal = Seal(NEW, [DEVELOPMENT_SECRET])
    try:
        assert await identities.rewrap() == len(broken)
        assert (await identities.open(report["report_id"]))["contact"] == reporter["contact"]
    finally:
        await collection.delete_many({"_id": {"$regex": "^!broken"}})
        identities._seal = Seal(DEVELOPMENT_SECRET, [NEW])
        await identities.rewrap()
        identities._seal = present
