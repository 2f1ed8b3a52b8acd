"""Referrals of a case: a letter, an answer, a clock."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from io import BytesIO
from itertools import count
from typing import Any

import httpx2
import pytest
from pypdf import PdfReader

from chassis.clock import now
from services.verification.referrals.model import MOST_OPEN
from tests.neighbours import Neighbours
from tests.running import CSRF, Service, running
from tests.verification.test_verification import case_of, report

_PAGE = {"accept": "text/html"}
_ORDER = count()


@pytest.fixture(scope="module")
async def verification(stack_environment: dict[str, str], neighbours: Neighbours) -> AsyncIterator[Service]:
    async with running("verification", grouping_days=1) as service:
        yield service


@pytest.fixture
async def case(verification: Service, neighbours: Neighbours) -> str:
    """A case in Gambir, days after the one before it, so that they are two; its id."""
    at = now() - timedelta(days=90) + timedelta(days=3 * next(_ORDER))
    told = report("31.71.01", "Warga dua kampung saling melempar batu di dekat pasar.", at=at)
    await neighbours.publish(told)
    return str((await case_of(verification, told.report_id))["case_id"])


async def refer(service: Service, case: str, **more: Any) -> httpx2.Response:
    form = {
        "csrf": CSRF,
        "to": "polri",
        "office": "Polsek Gambir",
        "asked": "Mohon penjagaan di pasar selama musyawarah.",
        "due_on": str((now() + timedelta(days=3)).date()),
        **more,
    }
    return await service.client("kua.gambir", True).post(f"/verification/cases/{case}/referrals", data=form)


async def answer(service: Service, case: str, answer: str, note: str = "", **more: Any) -> httpx2.Response:
    form = {"csrf": CSRF, "answer": answer, "note": note, **more}
    address = f"/verification/cases/{case}/referrals/{(await waiting(service, case))[0].id}/answer"
    return await service.client("kua.gambir", True).post(address, data=form)


async def waiting(service: Service, case: str) -> list[Any]:
    row = await service.app.state.store.cases.get(case)
    return list(row.state.referrals)


async def shown(service: Service, address: str, account: str = "kua.gambir") -> str:
    return (await service.client(account, True).get(address, headers=_PAGE)).text


async def test_case_is_referred_with_a_letter_and_waits_in_the_queue(verification: Service, case: str) -> None:
    assert "suratnya siap diunduh" in (await refer(verification, case)).text
    referral = (await waiting(verification, case))[0]
    letter = await verification.client("kua.gambir").get(f"/verification/documents/{referral.letter}")
    text = PdfReader(BytesIO(letter.content)).pages[0].extract_text()
    assert "Polri, Polsek Gambir" in text
    assert "penjagaan di pasar" in text
    page = await shown(verification, f"/verification/cases/{case}")
    assert "Dirujuk ke Polri (Polsek Gambir)" in page
    assert "Polri (Polsek Gambir)</a>: menunggu jawaban" in await shown(verification, "/verification/")
    assert "Polsek Gambir" not in await shown(verification, "/verification/", "kasi.jakpus"), "another office's"


async def test_accepted_one_waits_for_its_result_until_it_is_there(verification: Service, case: str) -> None:
    await refer(verification, case)
    assert "Jawaban tercatat" in (await answer(verification, case, "accepted", "Kanit Binmas, lewat telepon.")).text
    referral = (await waiting(verification, case))[0]
    assert referral.accepted
    assert referral.due_on == (now() + timedelta(days=14)).date()
    assert (await answer(verification, case, "accepted")).status_code == 409
    assert "menunggu hasilnya" in await shown(verification, "/verification/")
    await answer(verification, case, "done", "Dijaga dua hari; tidak ada kejadian.")
    assert not await waiting(verification, case)
    page = await shown(verification, f"/verification/cases/{case}")
    assert "Polri (Polsek Gambir) menerima rujukan" in page
    assert "selesai menangani. Dijaga dua hari; tidak ada kejadian." in page


async def test_refusal_needs_its_reason(verification: Service, case: str) -> None:
    await refer(verification, case)
    refused = await answer(verification, case, "refused", "–")
    assert refused.status_code == 422
    assert "Tulis dengan singkat" in refused.text
    assert len(await waiting(verification, case)) == 1
    await answer(verification, case, "refused", "Bukan wilayah hukum mereka.")
    assert "menolak rujukan. Bukan wilayah hukum mereka." in await shown(verification, f"/verification/cases/{case}")


async def test_two_who_answer_at_once_are_one_answer(verification: Service, case: str) -> None:
    await refer(verification, case)
    address = f"/verification/cases/{case}/referrals/{(await waiting(verification, case))[0].id}/answer"
    form = {"csrf": CSRF, "answer": "withdrawn", "note": "Salah alamat."}
    clients = [verification.client("kua.gambir", True) for _ in "ab"]
    both = await asyncio.gather(*(each.post(address, data=form) for each in clients))
    assert sorted(each.status_code for each in both) == [200, 404]


async def test_answer_that_does_not_come_is_late(verification: Service, case: str) -> None:
    await refer(verification, case)

    def let_pass(loaded: object) -> list[Any]:
        for each in loaded.state.referrals:  # type: ignore[attr-defined]
            each.due_on = (now() - timedelta(days=2)).date()
        return []

    await verification.app.state.store.cases.update(case, let_pass)
    assert "lewat " in await shown(verification, "/verification/")


@pytest.mark.parametrize(
    "wrong", [{"office": "P"}, {"asked": "tolong"}, {"to": "hansip"}, {"due_on": "2020-01-01"}, {"due_on": "besok"}]
)
async def test_what_makes_no_referral_makes_no_letter(verification: Service, case: str, wrong: dict[str, str]) -> None:
    assert (await refer(verification, case, **wrong)).status_code == 422
    assert not await waiting(verification, case)
    assert await verification.app.state.store.issued(case) == []


async def test_closed_case_is_referred_no_more_and_its_answers_are_noted(verification: Service, case: str) -> None:
    await refer(verification, case)
    client, check = verification.client("kua.gambir", True), {"source_grade": "B", "information_grade": "2"}
    await client.post(f"/verification/cases/{case}/verify", data={"csrf": CSRF, "verdict": "hoaks", **check})
    closed = await refer(verification, case)
    assert closed.status_code == 409
    referral = (await waiting(verification, case))[0]
    assert f"/referrals/{referral.id}/answer" in await shown(verification, f"/verification/cases/{case}")
    assert len(await waiting(verification, case)) == 1
    await answer(verification, case, "done", "Mereka mencatatnya sebagai hoaks.")
    assert not await waiting(verification, case)


async def test_letter_is_in_the_language_of_the_house_whoever_asks(verification: Service, case: str) -> None:
    client = verification.client("kua.gambir", True)
    client.headers["accept-language"] = "en"
    form = {"csrf": CSRF, "to": "lain", "office": "RS Harapan", "asked": "Mohon merawat dua orang yang luka."}
    due = {"due_on": str((now() + timedelta(days=3)).date())}
    done = await client.post(f"/verification/cases/{case}/referrals", data={**form, **due})
    assert "The referral is noted" in done.text
    letter = await client.get(f"/verification/documents/{(await waiting(verification, case))[0].letter}")
    text = PdfReader(BytesIO(letter.content)).pages[0].extract_text()
    assert "Kepada RS Harapan." in text


async def test_second_tap_makes_no_second_letter(verification: Service, case: str) -> None:
    await refer(verification, case)
    again = await refer(verification, case)
    assert again.status_code == 409
    assert len(await waiting(verification, case)) == len(await verification.app.state.store.issued(case)) == 1


async def test_referrals_have_a_bound(verification: Service, case: str) -> None:
    await refer(verification, case)

    def fill(loaded: object) -> list[Any]:
        one = loaded.state.referrals[0]  # type: ignore[attr-defined]
        others = [one.model_copy(update={"id": str(n), "office": f"Polsek nomor {n}"}) for n in range(1, MOST_OPEN)]
        loaded.state.referrals += others  # type: ignore[attr-defined]
        return []

    await verification.app.state.store.cases.update(case, fill)
    full = await refer(verification, case, office="Polsek lain")
    assert full.status_code == 409
    assert "Catat dahulu jawaban" in full.text
