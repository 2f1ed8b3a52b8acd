"""What comes back to a reporter: questions also after a day's silence, and an end that is told as it was."""

import asyncio
from datetime import timedelta

import pytest

from chassis.clock import new_id, now
from contracts.base import Event
from contracts.events import (
    CaseStatusChanged,
    CaseVerified,
    JoinedReport,
    ReporterMessageRequested,
    ReportsJoined,
    ReportSupplemented,
)
from contracts.vocabulary import Channel, Outcome, Provenance, ReporterKind, Status, Supplement, Verdict
from services.intake.commands import Sender, accept_report
from services.intake.dialogue import texts
from services.intake.dialogue.model import Conversation
from services.intake.model import ReportForm
from services.intake.talks import Reply, Talks
from simulators.whatsapp import Phones
from tests.clocks import recent
from tests.intake.posting import SMALL, post
from tests.intake.test_anonymity import Teller
from tests.neighbours import Neighbours
from tests.running import Service
from tests.waiting import eventually


async def named_report(intake: Service, teller: Teller) -> tuple[str, str]:
    """A report by chat of somebody who may be asked; its id and ticket."""
    store = intake.app.state.store
    await teller.write("menu")
    form = ReportForm.model_validate({**SMALL, "reporter": {"kind": "citizen", "contact": "x", "consent": "2026"}})
    by = Sender(
        channel=Channel.WHATSAPP,
        digest="d",
        conversation=store.talks.id_of("whatsapp", teller.user),
        provenance=Provenance.PERSON,
    )
    report = await accept_report(store, b"key", form, by, now())
    return report.report_id, report.ticket


def ended(report_id: str) -> list[Event]:
    """A case that took the report and was closed."""
    case = {"case_id": new_id()}
    joined = JoinedReport(
        report_id=report_id, source="s", reporter_kind=ReporterKind.CITIZEN, acts=(), received_at=now()
    )
    return [
        recent(ReportsJoined, **case, reports=(joined,), status=Status.BARU),
        recent(CaseStatusChanged, **case, status=Status.DITUTUP, outcome=Outcome.MEREDA),
    ]


async def test_reporter_reads_how_it_ended_once_and_objects_once(
    intake: Service, neighbours: Neighbours, phones: tuple[Phones, str]
) -> None:
    teller = Teller(intake, phones[0], "6281000000053")
    report_id, ticket = await named_report(intake, teller)
    talk = phones[0].talks[teller.number]
    events = ended(report_id)
    await neighbours.publish(*events)
    await neighbours.publish(events[-1], sequence=2)

    async def told() -> list[str]:
        return [each.text for each in talk if f"Laporan {ticket} sudah selesai" in each.text]

    assert "Hasil: " in (await eventually(told))[0]
    await teller.choose("terbantu")
    await teller.choose("keberatan")
    await teller.write("Spanduknya dipasang lagi tadi pagi.")
    found = await neighbours.wait(ReportSupplemented, 2, report_id=report_id)
    assert [(each.kind, each.text) for each in found] == [
        (Supplement.HELPED, ""),
        (Supplement.OBJECTION, "Spanduknya dipasang lagi tadi pagi."),
    ]
    await teller.write("keberatan")
    await teller.write("Dan hari ini dipasang sekali lagi.")
    more = await neighbours.wait(ReportSupplemented, report_id=report_id, kind=Supplement.ADDITION)
    assert [each.text for each in more] == ["Dan hari ini dipasang sekali lagi."]  # one objection; no word is lost
    assert len(await told()) == 1


async def test_who_says_stop_gets_no_word_and_officers_know(
    intake: Service, neighbours: Neighbours, phones: tuple[Phones, str]
) -> None:
    teller = Teller(intake, phones[0], "6281000000054")
    report_id, _ticket = await named_report(intake, teller)
    store = intake.app.state.store
    id = store.talks.id_of("whatsapp", teller.user)

    def sent(talk: Conversation) -> list[Reply]:
        talk.last_report = report_id
        return []

    await store.talks.update(id, sent)
    await teller.write("STOP")
    assert [each.kind for each in await neighbours.wait(ReportSupplemented, report_id=report_id)] == [
        Supplement.NO_CONTACT
    ]
    before = len(phones[0].talks[teller.number])
    asked = recent(ReporterMessageRequested, report_id=report_id, message_id=new_id(), expects_answer=True)
    await neighbours.publish(asked, *ended(report_id))

    async def taken() -> bool:
        return len((await store.talks.get(id)).brought) == 1  # of the end nobody is told who wants no word

    await eventually(taken)
    assert await neighbours.wait(ReportSupplemented, report_id=report_id, kind=Supplement.UNDELIVERED, text="stopped")
    await teller.write("menu")
    assert (await store.talks.get(id)).stopped
    await teller.write("mulai")
    assert not (await store.talks.get(id)).stopped
    await neighbours.wait(ReportSupplemented, report_id=report_id, kind=Supplement.CONTACT_AGAIN)
    texts = [each.text for each in phones[0].talks[teller.number][before:]]
    assert not [each for each in texts if asked.text in each or "selesai ditangani" in each]


async def test_who_lets_us_ask_about_a_new_report_after_stop_is_asked(
    intake: Service, neighbours: Neighbours, phones: tuple[Phones, str]
) -> None:
    teller = Teller(intake, phones[0], "6281000000059")
    store = intake.app.state.store
    await teller.write("stop")
    assert (await store.talks.get(store.talks.id_of("whatsapp", teller.user))).stopped
    await teller.write("Spanduk menolak gereja dipasang di Gambir, Jakarta Pusat hari ini")
    await teller.choose("kirim_boleh")
    assert not (await store.talks.get(store.talks.id_of("whatsapp", teller.user))).stopped


async def test_objection_before_the_end_is_no_loss(
    intake: Service, neighbours: Neighbours, phones: tuple[Phones, str]
) -> None:
    teller = Teller(intake, phones[0], "6281000000060")
    report_id, _ticket = await named_report(intake, teller)
    store = intake.app.state.store

    def sent(talk: Conversation) -> list[Reply]:
        talk.last_report = report_id
        return []

    await store.talks.update(store.talks.id_of("whatsapp", teller.user), sent)
    await teller.write("saya keberatan")
    await teller.write("Spanduknya masih ada pak.")
    found = await neighbours.wait(ReportSupplemented, report_id=report_id)
    assert [(each.kind, each.text) for each in found] == [(Supplement.ADDITION, "Spanduknya masih ada pak.")]


async def test_voice_that_was_deleted_before_it_was_sent_is_gone(intake: Service, phones: tuple[Phones, str]) -> None:
    teller = Teller(intake, phones[0], "6281000000061")
    wamid = await teller.speak("media-1")
    store = intake.app.state.store
    (id,) = (await store.talks.get(store.talks.id_of("whatsapp", teller.user))).draft["photos"]
    attachments = intake.foundation.database["attachments"]
    assert await eventually(lambda: attachments.find_one({"_id": id}))  # fetched, or not to be had
    await teller.revoke(wamid)
    assert await attachments.count_documents({"_id": id}) == 0


async def test_officer_learns_of_a_message_that_did_not_arrive(
    intake: Service, neighbours: Neighbours, phones: tuple[Phones, str]
) -> None:
    teller = Teller(intake, phones[0], "6281000000057")
    report_id, _ticket = await named_report(intake, teller)
    asked = recent(ReporterMessageRequested, report_id=report_id, message_id=new_id(), expects_answer=True)
    await neighbours.publish(asked)
    replies, store = intake.foundation.database["replies"], intake.app.state.store

    async def sent() -> list[str]:
        about = store.talks.id_of("whatsapp", teller.user)
        found = replies.find({"state.about": about, "state.status": {"$ne": "queued"}}).sort("state.order", -1)
        rows = [await store.replies.get(each["_id"]) async for each in found]
        return [each.id for each in rows if asked.text in str(store.talks.show_reply(each.id, each.state))]

    (id,) = await eventually(sent)
    error = {"code": 131026, "title": "Message undeliverable"}
    status = {"id": "wamid.z", "status": "failed", "errors": [error], "biz_opaque_callback_data": f"intake:{id}"}
    for _ in range(2):
        await teller.report(status)
    found = await neighbours.wait(ReportSupplemented, report_id=report_id)
    assert [(each.kind, each.text, each.question_id) for each in found] == [
        (Supplement.UNDELIVERED, "failed", asked.message_id)
    ]


async def test_officer_learns_that_a_conversation_is_forgotten(
    intake: Service, neighbours: Neighbours, phones: tuple[Phones, str]
) -> None:
    teller = Teller(intake, phones[0], "6281000000058")
    report_id, _ticket = await named_report(intake, teller)
    store = intake.app.state.store
    id = store.talks.id_of("whatsapp", teller.user)
    await intake.foundation.database["conversations"].delete_one({"_id": id})
    asked = recent(ReporterMessageRequested, report_id=report_id, message_id=new_id(), expects_answer=True)
    await neighbours.publish(asked)
    found = await neighbours.wait(ReportSupplemented, report_id=report_id)
    assert [(each.kind, each.text) for each in found] == [(Supplement.UNDELIVERED, "gone")]


async def test_somebody_without_a_name_reads_where_their_report_stands_and_nobody_else(
    intake: Service, neighbours: Neighbours, phones: tuple[Phones, str]
) -> None:
    teller, other = (Teller(intake, phones[0], f"628100000005{n}") for n in (5, 6))
    store = intake.app.state.store
    form = ReportForm.model_validate({**SMALL, "reporter": {"kind": "anonymous"}})
    by = Sender(channel=Channel.WHATSAPP, digest="d", provenance=Provenance.PERSON)
    report = await accept_report(store, b"key", form, by, now())
    await teller.write("menu")

    def sent(talk: Conversation) -> list[Reply]:
        talk.last_report = report.report_id
        return []

    await store.talks.update(store.talks.id_of("whatsapp", teller.user), sent)
    await teller.write("status")
    assert f"Laporan {report.ticket}: *Diterima*" in phones[0].talks[teller.number][-1].text
    await other.write("status")
    assert "Tulis nomor tiket" in phones[0].talks[other.number][-1].text
    await other.write(report.ticket)
    assert "*Diterima*" not in phones[0].talks[other.number][-1].text


async def test_objection_on_the_page_needs_an_end_and_words(intake: Service, neighbours: Neighbours) -> None:
    report = (await post(intake.client())).json()
    client, ticket = intake.client(follow=True), {"ticket": report["ticket"]}
    await client.post("/intake/track", data={**ticket, "receipt": report["receipt"]})
    form = {**ticket, "id": new_id(), "kind": "objection", "text": "Belum selesai, pagar masih dirusak."}
    early = await client.post("/intake/track/add", data=form)
    assert (early.status_code, early.json()["type"]) == (409, "urn:problem-type:rukun:not-ended")
    await neighbours.publish(*ended(report["report_id"]))

    async def asked() -> bool:
        return "Apakah penanganan ini membantu?" in (await client.get("/intake/track", params=ticket)).text

    await eventually(asked)
    assert (await client.post("/intake/track/add", data={**form, "text": " "})).status_code == 422
    page = await client.post("/intake/track/add", data=form)
    assert "Saya keberatan atas hasilnya" in page.text
    assert "Apakah penanganan ini membantu?" not in page.text
    again = await client.post("/intake/track/add", data={**form, "id": new_id()})
    assert (again.status_code, again.json()["type"]) == (409, "urn:problem-type:rukun:objected-already")


async def test_question_after_a_day_goes_out_when_the_person_writes_again(
    intake: Service, neighbours: Neighbours, phones: tuple[Phones, str]
) -> None:
    store, teller = intake.app.state.store, Teller(intake, phones[0], "6281000000051")
    talks: Talks = store.talks
    await teller.write("menu")
    id = talks.id_of("whatsapp", teller.user)
    form = ReportForm.model_validate({**SMALL, "reporter": {"kind": "citizen", "contact": "x", "consent": "2026"}})
    by = Sender(channel=Channel.WHATSAPP, digest="d", conversation=id, provenance=Provenance.PERSON)
    report = await accept_report(store, b"key", form, by, now())

    await _fall_silent(talks, id)
    asked = recent(ReporterMessageRequested, report_id=report.report_id, message_id=new_id(), expects_answer=True)
    before = len(phones[0].talks[teller.number])
    await neighbours.publish(asked, asked)

    async def waits() -> bool:
        return len((await talks.get(id)).waiting) == 1  # type: ignore[union-attr]

    await eventually(waits)
    await eventually(knocked := lambda: knocks(phones[0], teller))
    assert len(await knocked()) == 1
    assert asked.text not in "".join(each.text for each in phones[0].talks[teller.number][before:])
    await teller.choose(texts.READ)
    told = [each.text for each in phones[0].talks[teller.number][before + 1 :]]
    assert len(told) == 1  # the question, and nothing of a menu
    assert asked.text in told[0]
    await teller.write("Sudah bubar sejak siang.")
    assert await neighbours.wait(
        ReportSupplemented, report_id=report.report_id, kind=Supplement.UNDELIVERED, text="waits"
    )
    answers = await neighbours.wait(ReportSupplemented, report_id=report.report_id, kind=Supplement.ANSWER)
    assert [(each.text, each.question_id) for each in answers] == [("Sudah bubar sejak siang.", asked.message_id)]


async def knocks(phones: Phones, teller: Teller) -> list[str]:
    return [each.text for each in phones.talks[teller.number] if "rukun_ada_pesan" in each.text]


async def test_silence_is_knocked_at_once_and_what_comes_meanwhile_waits_for_no_knock(
    intake: Service, neighbours: Neighbours, phones: tuple[Phones, str]
) -> None:
    teller = Teller(intake, phones[0], "6281000000059")
    report_id, _ticket = await named_report(intake, teller)
    store = intake.app.state.store
    id = store.talks.id_of("whatsapp", teller.user)
    await _fall_silent(store.talks, id)
    asked = [
        recent(ReporterMessageRequested, report_id=report_id, message_id=new_id(), expects_answer=False, text=text)
        for text in ("Kabar pertama.", "Kabar kedua.")
    ]
    await neighbours.publish(*asked)

    async def both_wait() -> bool:
        return len((await store.talks.get(id)).waiting) == 2

    await eventually(both_wait)
    assert len(await eventually(lambda: knocks(phones[0], teller))) == 1
    # A knock has no place in the order of replies: Meta may hold it back for a day.
    orders = [each.state.order for each in await store.replies.rows({"state.destination": id})]
    assert orders.count(None) == 1
    await teller.write("halo")
    told = "".join(each.text for each in phones[0].talks[teller.number])
    assert ("Kabar pertama." in told, "Kabar kedua." in told) == (True, True)
    await teller.choose(texts.READ)
    assert phones[0].talks[teller.number][-1].text == texts.NOTHING_NEW


async def _fall_silent(talks: Talks, id: str) -> None:
    def silent(talk: Conversation) -> list[Reply]:
        talk.last_received_at = now() - timedelta(hours=25)
        return []

    await talks.update(id, silent)


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (Verdict.DUPLIKAT, "sudah dilaporkan sebelumnya"),
        (Verdict.DI_LUAR_LINGKUP, "Di luar lingkup layanan ini"),
        (Verdict.HOAKS, "tidak benar"),
        (Verdict.TIDAK_TERBUKTI, "Tidak terbukti"),
    ],
)
async def test_reporter_reads_the_verdict_that_was_given(
    intake: Service, neighbours: Neighbours, verdict: Verdict, words: str
) -> None:
    report = (await post(intake.client())).json()
    case = {"case_id": new_id()}
    joined = JoinedReport(
        report_id=report["report_id"],
        source="s",
        reporter_kind=ReporterKind.ANONYMOUS,
        acts=(),
        received_at=now(),
    )
    await neighbours.publish(
        recent(ReportsJoined, **case, reports=(joined,), status=Status.BARU),
        recent(CaseVerified, **case, verdict=verdict),
        recent(CaseStatusChanged, **case, status=Status.DITUTUP, outcome=Outcome.TIDAK_TERBUKTI),
    )
    client, ticket = intake.client(follow=True), {"ticket": report["ticket"]}
    await client.post("/intake/track", data={**ticket, "receipt": report["receipt"]})

    async def told() -> bool:
        return words in (await client.get("/intake/track", params=ticket)).text

    await eventually(told)
    if verdict is not Verdict.TIDAK_TERBUKTI:
        assert "Tidak terbukti" not in (await client.get("/intake/track", params=ticket)).text


async def test_reporter_adds_corrects_and_withdraws_by_ticket_and_code(intake: Service, neighbours: Neighbours) -> None:
    report = (await post(intake.client())).json()
    client, ticket = intake.client(follow=True), {"ticket": report["ticket"]}
    form = {**ticket, "id": new_id(), "kind": "addition", "text": "Besok kumpul lagi, hubungi 081000000001"}
    assert (await client.post("/intake/track/add", data=form)).status_code == 404
    await client.post("/intake/track", data={**ticket, "receipt": report["receipt"]})
    pages = await asyncio.gather(*(client.post("/intake/track/add", data=form) for _ in range(3)))
    assert {each.status_code for each in pages} == {200}
    assert "Besok kumpul lagi" in pages[-1].text
    for kind in ("correction", "withdrawal"):
        more = {**form, "id": new_id(), "kind": kind, "text": f"Keterangan {kind}"}
        await client.post("/intake/track/add", data=more)
    told = await neighbours.wait(ReportSupplemented, 3, report_id=report["report_id"])
    assert [(each.kind, each.question_id) for each in told] == [  # type: ignore[attr-defined]
        ("addition", None), ("correction", None), ("withdrawal", None),
    ]  # fmt: skip
    assert "081000000001" not in told[0].model_dump_json()
    statuses = [(await client.post("/intake/track/add", data={**form, "id": new_id()})).status_code for _ in range(20)]
    assert (statuses.count(200), statuses[-1]) == (17, 422)


async def test_reporter_adds_by_chat_to_the_report_just_sent(
    intake: Service, neighbours: Neighbours, phones: tuple[Phones, str]
) -> None:
    teller = Teller(intake, phones[0], "6281000000052")
    store = intake.app.state.store
    form = ReportForm.model_validate({**SMALL, "reporter": {"kind": "anonymous"}})
    report = await accept_report(
        store, b"key", form, Sender(channel=Channel.WHATSAPP, digest="d", provenance=Provenance.PERSON), now()
    )
    await teller.write("menu")

    def sent(talk: object) -> list[object]:
        talk.last_report = report.report_id  # type: ignore[attr-defined]
        return []

    await store.talks.update(store.talks.id_of("whatsapp", teller.user), sent)
    await teller.write("tambah")
    await teller.write("Spanduknya ternyata ada dua.")
    told = await neighbours.wait(ReportSupplemented, report_id=report.report_id)
    assert [(each.kind, each.text) for each in told] == [("addition", "Spanduknya ternyata ada dua.")]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("because", "words"), [("merged", "ditangani bersama"), ("moved", "Diteruskan ke kantor di wilayah kejadian")]
)
async def test_reporter_reads_that_the_report_went_to_another_case(
    intake: Service, neighbours: Neighbours, because: str, words: str
) -> None:
    report, there = (await post(intake.client())).json(), ("ID", "32", "32.71", "32.71.01")
    photo = new_id()
    await intake.foundation.database["attachments"].insert_one({"_id": photo, "content": b"x", "jurisdiction": []})
    joined = JoinedReport(
        report_id=report["report_id"],
        source="s",
        reporter_kind=ReporterKind.ANONYMOUS,
        received_at=now(),
        attachments=(photo,),
    )
    old, new = {"case_id": new_id()}, {"case_id": new_id(), "region": "32.71.01", "jurisdiction": there}
    await neighbours.publish(
        recent(ReportsJoined, **new, reports=(joined,), status=Status.BARU, because=because),
        # Cases have no order among each other: the case before may be late.
        recent(ReportsJoined, **old, reports=(joined,), status=Status.DIPERIKSA).model_copy(
            update={"at": now() - timedelta(days=1)}
        ),
        recent(CaseStatusChanged, **old, status=Status.DITUTUP, outcome=None),
    )
    client, ticket = intake.client(follow=True), {"ticket": report["ticket"]}
    await client.post("/intake/track", data={**ticket, "receipt": report["receipt"]})

    async def told() -> str:
        text = (await client.get("/intake/track", params=ticket)).text
        return text if words in text else ""

    text = await eventually(told)
    assert "Tidak terbukti" not in text
    assert "menunggu diperiksa" in text
    seen = await intake.client("kua.bogor").get(f"/intake/v1/attachments/{photo}")
    assert seen.status_code == 200
