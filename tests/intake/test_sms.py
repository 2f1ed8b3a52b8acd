"""Short messages: numbers in the place of buttons, a code that proves the number, parts in any order, any gateway."""

import asyncio
import base64
import itertools
import random
import re
from datetime import datetime, timedelta

import pytest

from chassis.clock import now
from chassis.deliveries import sms as gateway
from chassis.deliveries.channel import Undelivered
from chassis.settings import DEVELOPMENT_SECRET
from contracts.events import ReporterMessageRequested, ReportSubmitted, ReportSupplemented
from contracts.vocabulary import Channel, Provenance, ReporterKind
from services.intake.channels import plain, sms
from services.intake.channels.sms import Piece
from services.intake.dialogue import texts
from services.intake.dialogue.model import Conversation, Inbound
from tests.clocks import clock, recent
from tests.intake.conftest import Outside
from tests.marks import mark
from tests.neighbours import Neighbours
from tests.running import Service
from tests.waiting import eventually

_NUMBERS = itertools.count(6281000000700)
_PATH = "/intake/v1/channels/sms"
_GSM = re.compile(r"[A-Za-z0-9 \r\n@$_!\"#%&'()*+,\-./:;<=>?]*")
"""What stands in our own replies of the alphabet of short messages."""


class Person:
    """Somebody with a telephone that knows short messages alone."""

    def __init__(self, outside: Outside) -> None:
        self.sms = outside.sms
        self.number = str(next(_NUMBERS))

    @property
    def screen(self) -> str:
        return self.sms.talks[self.number][-1].text

    async def write(self, text: str, then: str) -> None:
        assert await self.sms.write(self.number, text) == 200
        await self.shows(then)

    async def shows(self, words: str) -> None:
        async def shown() -> bool:
            talk = self.sms.talks[self.number]
            return bool(talk) and not talk[-1].mine and words in talk[-1].text

        await eventually(shown)

    async def report(self, story: str, choice: str = "Kirim, boleh ditanya", send: str = "") -> None:
        await self.write(story, "Periksa laporan")
        code = re.search(rf"^(\d{{4}}) = {choice}$", self.screen, re.MULTILINE)
        assert code is not None, self.screen
        await self.write(send or code[1], "Nomor tiket")


@pytest.fixture
def person(intake: Service, outside: Outside, monkeypatch: pytest.MonkeyPatch) -> Person:
    monkeypatch.setattr(outside.sms._settings, "intake_url", intake.address)
    return Person(outside)


async def test_report_by_typed_numbers_is_proven_by_its_code(
    intake: Service, person: Person, neighbours: Neighbours
) -> None:
    story = f"Spanduk menolak gereja {mark()} dipasang di Gambir, Jakarta Pusat."
    await person.report(story)
    sent = (await neighbours.wait(ReportSubmitted, narrative=story))[0]
    assert (sent.channel, sent.provenance) == (Channel.SMS, Provenance.PERSON)
    shown = [each.text for each in person.sms.talks[person.number] if not each.mine]
    assert all(_GSM.fullmatch(each) for each in shown), shown
    assert len(shown) == 2  # one message for each of theirs, however much it says


async def test_lines_are_changed_by_their_numbers(person: Person, neighbours: Neighbours) -> None:
    story = f"Spanduk menolak gereja {mark()} dipasang di Gambir, Jakarta Pusat."
    await person.write(story, "Waktu: belum disebut")
    await person.write("3", "2 = Waktu: belum disebut")
    await person.write("2", "1 = Sedang terjadi")
    await person.write("1", "Waktu: Sedang terjadi")
    code = re.search(r"^(\d{4}) = Kirim tanpa nama$", person.screen, re.MULTILINE)
    assert code is not None
    await person.write(code[1], "Nomor tiket")
    sent = (await neighbours.wait(ReportSubmitted, narrative=story))[0]
    assert (sent.ongoing, sent.provenance, sent.reporter_kind) == (True, Provenance.PERSON, ReporterKind.ANONYMOUS)


async def test_long_story_is_cut_and_never_what_can_be_answered(person: Person) -> None:
    story = (
        f"Spanduk menolak gereja {mark()} dipasang di Gambir, Jakarta Pusat. "
        + "Warga membicarakannya di warung. " * 40
    )
    await person.write(story, "Periksa laporan")
    assert len(person.screen) <= 918
    assert "Bolehkah petugas bertanya" in person.screen
    assert "*" not in person.screen
    assert person.screen.endswith("Balas dengan angkanya.")
    assert "= Kirim tanpa nama" in person.screen


async def test_who_sends_it_without_the_code_has_proven_nothing(person: Person, neighbours: Neighbours) -> None:
    story = f"Spanduk menolak gereja {mark()} dipasang di Gambir, Jakarta Pusat."
    await person.report(story, send="kirim")
    assert (await neighbours.wait(ReportSubmitted, narrative=story))[0].provenance is Provenance.UNPROVEN


async def test_officers_question_goes_out_days_later_and_is_answered(
    intake: Service, person: Person, neighbours: Neighbours
) -> None:
    story = f"Spanduk menolak gereja {mark()} dipasang di Gambir, Jakarta Pusat."
    await person.report(story)
    report = (await neighbours.wait(ReportSubmitted, narrative=story))[0]
    asked = recent(ReporterMessageRequested, report_id=report.report_id, expects_answer=True, text="Berapa orang?")
    await neighbours.publish(asked)
    await person.shows("Berapa orang?")
    # A number is the answer now, and no choice of what was offered before.
    await person.write("1", "sudah kami teruskan")
    answers = await neighbours.wait(ReportSupplemented, report_id=report.report_id)
    assert [each.text for each in answers] == ["1"]


@pytest.mark.parametrize("seed", range(3))
async def test_long_message_is_one_whatever_order_its_parts_come_in_and_however_often(
    intake: Service, person: Person, neighbours: Neighbours, seed: int
) -> None:
    story = (
        f"Spanduk menolak gereja {mark()} dipasang di Gambir, Jakarta Pusat. " + "Warga membicarakannya di warung. " * 6
    )
    parts = [story[start : start + 100] for start in range(0, len(story), 100)]
    forms = [
        {"from": person.number, "text": part, "id": f"{person.number}-{n}", "group": "7", "part": str(n)}
        | {"parts": str(len(parts))}
        for n, part in enumerate(parts, start=1)
    ]
    shuffled = [*forms, *forms[:2]]
    random.Random(seed).shuffle(shuffled)
    await asyncio.gather(*(person.sms.deliver(each) for each in shuffled))
    await asyncio.gather(*(person.sms.deliver(each) for each in forms))
    await person.shows("Periksa laporan")
    await person.write("batal", "dibatalkan")
    # The group's number comes again with the next long message, and is another one.
    again = [{**each, "id": f"lagi-{each['id']}"} for each in forms]
    await asyncio.gather(*(person.sms.deliver(each) for each in again))
    await person.shows("Periksa laporan")


async def test_parts_that_are_first_of_a_group_at_the_same_moment_are_one_message(
    intake: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts, whole = intake.app.state.sms_parts, list[str]()

    async def remember(messages: list[Inbound], at: datetime) -> None:
        whole.extend(each.text for each in messages)

    monkeypatch.setattr(parts, "_store", remember)
    for group in map(str, range(30)):
        pieces = [
            Piece(
                message=Inbound(id=f"{group}-{n}", person="serentak", address="a", kind="text", text=str(n)),
                group=group,
                number=n,
                of=4,
            )
            for n in range(1, 5)
        ]
        await asyncio.gather(*(parts.add(each, now()) for each in pieces))
    assert whole == ["1234"] * 30


async def test_part_that_never_comes_holds_the_others_up_for_minutes_only(
    intake: Service, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts, store = intake.app.state.sms_parts, intake.app.state.store
    form = {"from": person.number, "id": person.number, "group": "9", "parts": "3"}
    await person.sms.deliver({**form, "text": "lapor ", "part": "1"})
    await person.sms.deliver({**form, "text": "sekarang", "part": "3", "id": f"{person.number}-3"})
    waiting = await store.sms_parts.find_one({"due": {"$exists": True}})
    assert waiting is not None
    assert "lapor" not in str(waiting)
    assert person.number not in str(waiting)
    await parts._pass_on(waiting)
    await parts._pass_on(waiting)  # a second replica sweeps as well
    assert await store.sms_parts.find_one({"_id": waiting["_id"], "due": {"$exists": True}}) is None

    async def answered() -> bool:
        return len([each for each in person.sms.talks[person.number] if not each.mine]) == 1

    await eventually(answered)
    await person.sms.deliver({**form, "text": "lapor ", "part": "1"})  # the gateway tries once more
    assert await store.sms_parts.find_one({"_id": waiting["_id"], "due": {"$exists": True}}) is None


async def test_gateway_proves_itself_and_advertisements_begin_no_conversation(intake: Service) -> None:
    client, count = intake.client(), intake.foundation.database["inbound"].count_documents
    form = {"from": "+6281000000790", "to": "+62810000001", "text": "halo", "id": "x"}
    assert (await client.post(_PATH, data=form)).status_code == 401
    wrong = {"authorization": f"Basic {base64.b64encode(b'x:salah').decode()}"}
    assert (await client.post(_PATH, data=form, headers=wrong)).status_code == 401
    right = {"authorization": f"Basic {base64.b64encode(f'x:{DEVELOPMENT_SECRET}'.encode()).decode()}"}
    before = await count({})
    abroad = {**form, "from": "+19005550100"}
    for other in ({**form, "from": "PROMO"}, abroad, {**form, "to": "+6281000000999"}, {"id": "x"}, {}):
        assert (await client.post(_PATH, data=other, headers=right)).status_code == 200
    assert await count({}) == before
    for _ in range(3):
        assert (await client.post(_PATH, json=form, headers=right)).status_code == 200
    assert await count({}) == before + 1


async def test_broken_part_holds_no_other_up(intake: Service, person: Person) -> None:
    parts, store = intake.app.state.sms_parts, intake.app.state.store
    broken = {"_id": "rusak", "parts": {"1": {"id": "x", "sealed": b"x"}}, "of": 2, "due": now() - timedelta(days=1)}
    await store.sms_parts.insert_one(broken)
    form = {"from": person.number, "id": person.number, "group": "3", "parts": "2", "part": "1"}
    await person.sms.deliver({**form, "text": "Spanduk menolak gereja dipasang di Gambir, Jakarta Pusat. "})
    await store.sms_parts.update_many({}, {"$set": {"due": now() - timedelta(hours=1)}})
    sweeping = asyncio.create_task(parts.sweep_always())
    await person.shows("Tempat: Gambir")
    sweeping.cancel()
    assert (await store.sms_parts.find_one({"_id": "rusak"}))["due"] > now()
    await store.sms_parts.delete_one({"_id": "rusak"})


async def test_second_message_of_a_group_begins_while_the_first_is_incomplete(intake: Service, person: Person) -> None:
    form = {"from": person.number, "group": "", "parts": "2", "part": "1"}
    story = "Spanduk menolak gereja dipasang di Gambir, Jakarta Pusat. "
    await person.sms.deliver({**form, "text": story, "id": f"{person.number}-a"})
    await person.sms.deliver({**form, "text": "Di pagarnya ada ", "id": f"{person.number}-b"})
    await person.shows("Tempat: Gambir")
    await person.sms.deliver({**form, "text": "tulisan merah", "id": f"{person.number}-c", "part": "2"})
    await person.shows("Di pagarnya ada tulisan merah")


async def test_forged_sender_agrees_to_nothing_in_anothers_name(person: Person, neighbours: Neighbours) -> None:
    story = f"Spanduk menolak gereja {mark()} dipasang di Gambir, Jakarta Pusat."
    await person.report(story, send="Kirim, boleh ditanya")
    sent = (await neighbours.wait(ReportSubmitted, narrative=story))[0]
    assert (sent.provenance, sent.reporter_kind) == (Provenance.UNPROVEN, ReporterKind.ANONYMOUS)
    await person.write("tarik laporan", "Ketik ya untuk menariknya")
    await person.write("ya", "pengirim SMS mudah dipalsukan")
    assert neighbours.received(ReportSupplemented, report_id=sent.report_id) == []


async def test_endless_machine_is_answered_no_more_and_a_cry_is(intake: Service, person: Person) -> None:
    await person.write("halo", "Selamat datang")
    talks = intake.app.state.store.talks

    async def answered(often: int) -> None:
        def set_count(talk: Conversation) -> list[object]:
            talk.replies_today = often
            return []

        await talks.update(talks.id_of("sms", person.number), set_count)

    await answered(70)
    assert await person.sms.write(person.number, "halo") == 200
    await person.write("tolong sekarang massa bakar gereja di gambir jakpus", "110")
    assert len([each for each in person.sms.talks[person.number] if not each.mine]) == 2
    # A machine that sends our own answer back cries for ever.
    await answered(1000)
    assert await person.sms.write(person.number, "tolong massa bakar gereja sekarang di gambir") == 200

    async def taken_in() -> bool:
        return await intake.foundation.database["inbound"].find_one({"done": False}) is None

    await eventually(taken_in)
    assert len([each for each in person.sms.talks[person.number] if not each.mine]) == 2


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"--x\r\n\r\n", "multipart/form-data; boundary=x", 415),
        (b"&".join(b"a%d=1" % n for n in range(5000)), "application/x-www-form-urlencoded", 400),
        (b"{", "application/json", 400),
        (b"[]", "application/json", 200),
        (b"x" * 70_000, "application/x-www-form-urlencoded", 413),
    ],
)
async def test_what_is_no_form_is_a_clear_error(intake: Service, body: bytes, kind: str, status: int) -> None:
    headers = {"authorization": f"Bearer {DEVELOPMENT_SECRET}", "content-type": kind}
    assert (await intake.client().post(_PATH, content=body, headers=headers)).status_code == status


async def test_delivery_report_reaches_the_reply_it_is_about(intake: Service, person: Person) -> None:
    person.sms.reports = "UNDELIV"
    await person.write("halo", "Selamat datang")
    person.sms.reports = "delivered"
    talk = intake.app.state.store.talks.id_of("sms", person.number)
    replies = intake.foundation.database["replies"]

    async def failed() -> bool:
        found = await replies.find_one({"state.recipient": talk}) or {"state": {}}
        return (found["state"].get("status"), found["state"].get("reason")) == ("failed", "undelivered")

    await eventually(failed)


def test_fields_are_called_what_the_gateway_calls_them() -> None:
    fields = gateway.names("text=message, from=msisdn,id=msgId")
    form = {"msisdn": "0810 0000 0791", "message": "halo", "msgId": "7", "to": "62810000001"}
    found = sms.message(form, fields, "62810000001", clock.at)
    assert isinstance(found, Inbound)
    assert (found.person, found.text, found.id) == ("6281000000791", "halo", "sms:6281000000791:7")
    with pytest.raises(ValueError, match="one of from, to"):
        gateway.names("isi=message")


def test_message_without_an_id_is_the_same_when_it_is_posted_again() -> None:
    fields = gateway.names("")
    form = {"from": "081000000792", "text": "halo", "time": "10:00"}
    first, again = (sms.message(form, fields, "62810000001", clock.at) for _ in range(2))
    later = sms.message(form, fields, "62810000001", clock.at + timedelta(minutes=1))
    assert first == again != later


@pytest.mark.parametrize(
    ("status", "final", "channel_wide"),
    [(400, True, False), (402, False, True), (429, False, True), (503, False, True)],
)
async def test_what_the_gateway_refuses_is_about_the_message_or_about_all(
    outside: Outside, status: int, final: bool, channel_wide: bool
) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 {status} no\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    sender = gateway.Gateway(
        f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", "t", "1", gateway.names(""), "intake"
    )
    with pytest.raises(Undelivered) as refused:
        await sender.send("d", "+6281000000793", "halo")
    server.close()
    assert (refused.value.final, refused.value.channel_wide) == (final, channel_wide)


def test_a_name_that_two_places_bear_chooses_neither() -> None:
    rows = [("31.71.01", "Gambir", "a"), ("32.01.01", "Gambir", "b"), ("32.01.02", "Cibinong", "c")]
    assert plain.offered([texts.rows("Mana?", rows)]) == {
        "1": "31.71.01",
        "2": "32.01.01",
        "3": "32.01.02",
        "cibinong": "32.01.02",
    }
