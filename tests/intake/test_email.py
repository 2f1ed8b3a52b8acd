"""Conversations by e-mail: a mail server hands mails over, ours arrive by SMTP, a code proves the address."""

import itertools
import re
from datetime import timedelta

import pytest

from chassis.clock import now
from chassis.deliveries.channel import Undelivered
from chassis.settings import DEVELOPMENT_SECRET
from contracts.events import ReporterMessageRequested, ReportSubmitted, ReportSupplemented
from contracts.vocabulary import Channel, Provenance, ReporterKind
from services.intake.channels.mail_files import MailFiles
from services.intake.sealing import Seal
from tests.clocks import recent
from tests.intake.conftest import Outside
from tests.intake.test_chat_media import picture
from tests.intake.test_mail_text import mail
from tests.marks import mark
from tests.neighbours import Neighbours
from tests.running import Service
from tests.waiting import eventually

_NUMBERS = itertools.count(6281000000850)
_PATH = "/intake/v1/channels/email"
_PROOF = {"authorization": f"Bearer {DEVELOPMENT_SECRET}", "content-type": "message/rfc822"}


class Person:
    """Somebody with a mailbox."""

    def __init__(self, outside: Outside) -> None:
        self.mailboxes = outside.mailboxes
        self.number = str(next(_NUMBERS))

    @property
    def newest(self) -> str:
        return self.mailboxes.talks[self.number][-1].text

    async def write(self, text: str, then: str) -> None:
        assert await self.mailboxes.write(self.number, text) == 200
        await self.gets(then)

    async def gets(self, words: str) -> None:
        async def there() -> bool:
            talk = self.mailboxes.talks[self.number]
            return bool(talk) and not talk[-1].mine and words in talk[-1].text

        await eventually(there)

    async def report(self, story: str, choice: str = "Kirim, boleh ditanya", send: str = "") -> None:
        await self.write(story, "Periksa laporan")
        await self.send(choice, send)

    async def send(self, choice: str = "Kirim, boleh ditanya", send: str = "") -> None:
        code = re.search(rf"^(\d{{4}}) = {choice}$", self.newest, re.MULTILINE)
        assert code is not None, self.newest
        await self.write(send or code[1], "Nomor tiket")


@pytest.fixture
def person(intake: Service, outside: Outside, monkeypatch: pytest.MonkeyPatch) -> Person:
    monkeypatch.setattr(outside.mailboxes._settings, "intake_url", intake.address)
    return Person(outside)


def story() -> str:
    return f"Spanduk menolak gereja {mark()} dipasang di Gambir, Jakarta Pusat."


async def test_report_in_three_mails_is_proven_by_its_code(person: Person, neighbours: Neighbours) -> None:
    told = story()
    await person.report(told)
    sent = (await neighbours.wait(ReportSubmitted, narrative=told))[0]
    assert (sent.channel, sent.provenance) == (Channel.EMAIL, Provenance.PERSON)
    assert sent.reporter_kind is not ReporterKind.ANONYMOUS
    assert len(person.mailboxes.talks[person.number]) == 4  # one answer to each of theirs


async def test_who_sends_it_without_the_code_has_proven_nothing(person: Person, neighbours: Neighbours) -> None:
    told = story()
    await person.report(told, send="kirim")
    assert (await neighbours.wait(ReportSubmitted, narrative=told))[0].provenance is Provenance.UNPROVEN


async def test_photo_comes_with_the_story(intake: Service, person: Person, neighbours: Neighbours) -> None:
    told = story()
    assert await person.mailboxes.send_photo(person.number, picture(), told) == 200
    await person.gets("Foto: 1")
    await person.send()
    sent = (await neighbours.wait(ReportSubmitted, narrative=told))[0]
    assert len(sent.attachments) == 1
    files = intake.foundation.database["attachments"]
    await eventually(lambda: files.find_one({"_id": sent.attachments[0], "sealed": {"$exists": True}}))
    officer = intake.client("kua.gambir")
    shown = await officer.get(f"/intake/v1/attachments/{sent.attachments[0]}")
    assert shown.headers["content-type"] == "image/jpeg"


async def test_code_of_the_first_answer_holds_though_more_files_were_answered(
    intake: Service, person: Person, neighbours: Neighbours
) -> None:
    told = story()
    made = person.mailboxes._mail(person.number, told)
    for n in range(3):
        made.add_attachment(picture(), maintype="image", subtype="jpeg", filename=f"{n}.jpg")
    assert await person.mailboxes.deliver(made) == 200
    await person.gets("Foto: 3")
    first = next(each.text for each in person.mailboxes.talks[person.number] if "Foto: 1" in each.text)
    code = re.search(r"^(\d{4}) = Kirim, boleh ditanya$", first, re.MULTILINE)
    assert code is not None
    await person.write(code[1], "Nomor tiket")
    sent = (await neighbours.wait(ReportSubmitted, narrative=told))[0]
    assert (len(sent.attachments), sent.provenance) == (3, Provenance.PERSON)


async def test_code_sends_nothing_but_the_words_that_it_came_with(person: Person) -> None:
    """Who forges a mail may change a draft; its writer, who answers the summary they have read, does not send that."""
    await person.write(story(), "Periksa laporan")
    code = re.search(r"^(\d{4}) = Kirim, boleh ditanya$", person.newest, re.MULTILINE)
    assert code is not None
    await person.write("3", "2 = Waktu: belum disebut")
    await person.write("2", "1 = Sedang terjadi")
    await person.write("1", "Waktu: Sedang terjadi")
    await person.write(code[1], "Periksa laporan")


async def test_who_guesses_codes_is_given_none_any_more(person: Person) -> None:
    await person.write(story(), "Periksa laporan")
    offered = set(re.findall(r"^(\d{4}) =", person.newest, re.MULTILINE))
    assert len(offered) == 2
    wrong = (code for code in map(str, range(1000, 10_000)) if code not in offered)
    for _ in range(5):
        await person.write(next(wrong), "Periksa laporan")
    assert not re.findall(r"^\d{4} =", person.newest, re.MULTILINE)


async def test_officers_question_is_answered_by_an_answer(person: Person, neighbours: Neighbours) -> None:
    told = story()
    await person.report(told)
    report = (await neighbours.wait(ReportSubmitted, narrative=told))[0]
    asked = recent(ReporterMessageRequested, report_id=report.report_id, expects_answer=True, text="Berapa orang?")
    await neighbours.publish(asked)
    await person.gets("Berapa orang?")
    await person.write("Kira-kira sepuluh orang", "sudah kami teruskan")
    answers = await neighbours.wait(ReportSupplemented, report_id=report.report_id)
    assert [each.text for each in answers] == ["Kira-kira sepuluh orang"]


async def test_emergency_is_answered_with_numbers_at_once(person: Person) -> None:
    await person.write("Tolong, massa membakar gereja sekarang di Gambir Jakarta Pusat, ada yang luka", "110")


async def test_question_to_officers_is_refused_with_another_way(person: Person) -> None:
    await person.write("petugas", "Lewat e-mail pertanyaan belum dapat kami teruskan")


async def test_mail_server_proves_itself_and_a_mail_is_taken_once(intake: Service) -> None:
    client, count = intake.client(), intake.foundation.database["inbound"].count_documents
    raw, before = mail(From="dua.kali@contoh.invalid").as_bytes(), await count({})
    assert (await client.post(_PATH, content=raw)).status_code == 401
    wrong = {**_PROOF, "authorization": "Bearer salah"}
    assert (await client.post(_PATH, content=raw, headers=wrong)).status_code == 401
    for _ in range(3):
        assert (await client.post(_PATH, content=raw, headers=_PROOF)).status_code == 200
    assert await count({}) == before + 1
    machine = mail(From="a@contoh.invalid", Precedence="bulk").as_bytes()
    assert (await client.post(_PATH, content=machine, headers=_PROOF)).status_code == 200
    for other in (b"", b"\xff\xfe"):
        assert (await client.post(_PATH, content=other, headers=_PROOF)).status_code == 422
    assert await count({}) == before + 1
    assert (await client.post(_PATH, content=b"x" * (21 * 1024 * 1024), headers=_PROOF)).status_code == 413


async def test_files_of_mails_are_sealed_and_end(intake: Service) -> None:
    collection = intake.app.state.store.mail_files
    files = MailFiles(collection, Seal("kunci" * 10))
    await files.put({"satu": b"isi berkas"}, now())
    await files.put({"satu": b"isi lain"}, now())
    stored = await collection.find_one({"_id": "satu"})
    assert b"isi berkas" not in stored["sealed"]
    assert await files.media("satu", 100) == b"isi berkas"
    with pytest.raises(Undelivered, match="too_large"):
        await files.media("satu", 3)
    await collection.update_one({"_id": "satu"}, {"$set": {"forget_at": now() - timedelta(seconds=1)}})
    with pytest.raises(Undelivered, match="gone"):
        await files.media("satu", 100)
