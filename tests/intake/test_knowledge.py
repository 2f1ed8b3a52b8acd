"""Articles are written by one person, published by another, answered with at once; what is not answered is seen."""

from datetime import timedelta
from typing import Any

import pytest

from chassis.clock import now
from chassis.problems import Problem
from services.intake.faq.articles import Article, shipped
from services.intake.faq.library import Library
from services.intake.faq.model import By, Entry, propose, publish, refuse, withdraw
from services.intake.faq.questions import grouped
from services.intake.faq.search import Index
from services.intake.pages.marking import marked
from simulators.whatsapp import Phones
from tests.clocks import clock
from tests.intake.test_anonymity import Teller
from tests.running import CSRF, Service

PAGE = "/intake/knowledge"
QUESTION = "Apakah warga boleh meminjam pengeras suara kecamatan?"


def article(**more: Any) -> Article:
    return shipped()[0].model_copy(update=more)


def by(who: str) -> By:
    return By(who, f"Kantor {who}", clock.at)


def written(**more: Any) -> dict[str, Any]:
    today = now().date()
    return {
        "csrf": CSRF,
        "intent": "layanan_kemenag_lain",
        "question": QUESTION,
        "answer": "Boleh. Mintalah kepada kantor kecamatan dengan surat dari RT, tiga hari sebelumnya.",
        "question_en": "May residents borrow the loudspeaker of the district?",
        "answer_en": "Yes. Ask the district office with a letter of the neighbourhood three days before.",
        "basis": "Perda contoh | Pasal 3\nSE contoh",
        "asked": "pinjem toa kecamatan gimana caranya",
        "valid_from": today.isoformat(),
        "review_at": (today + timedelta(days=200)).isoformat(),
        "owner": "Subdit contoh",
        **more,
    }


@pytest.fixture
def library(intake: Service) -> Library:
    return intake.app.state.library  # type: ignore[no-any-return]


def test_author_publishes_nothing_of_their_own() -> None:
    entry = Entry()
    propose(entry, article(answer="satu"), 0, by("a"))
    assert entry.live(clock.at.date()) is None
    with pytest.raises(Problem) as refused:
        publish(entry, 1, by("a"))
    assert refused.value.code == "own-article"
    publish(entry, 1, by("b"))
    live = entry.live(clock.at.date())
    assert live is not None
    assert live.answer == "satu"


def test_two_who_write_at_once_lose_nothing_silently() -> None:
    entry = Entry()
    propose(entry, article(answer="satu"), 0, by("a"))
    propose(entry, article(answer="satu, lebih baik"), 1, by("a"))  # their own is replaced
    assert [each.article.answer for each in entry.versions] == ["satu, lebih baik"]
    for who, code in (("b", "article-waits"), ("a", "article-changed")):
        with pytest.raises(Problem) as refused:
            propose(entry, article(answer="dua"), 1, by(who))
        assert refused.value.code == code
    with pytest.raises(Problem):  # what was read is not what waits
        publish(entry, 1, by("b"))
    refuse(entry, 2, "Pasalnya keliru.", by("b"))
    propose(entry, article(answer="dua"), 2, by("b"))
    assert [(each.n, each.stand.value) for each in entry.versions] == [(2, "refused"), (3, "waiting")]


def test_what_holds_later_is_not_read_before_and_what_is_withdrawn_is_not_read_at_all() -> None:
    entry, today = Entry(), clock.at.date()
    propose(entry, article(answer="lama", valid_from=today - timedelta(days=9)), 0, by("a"))
    publish(entry, 1, by("b"))
    propose(entry, article(answer="baru", valid_from=today + timedelta(days=9)), 1, by("a"))
    publish(entry, 2, by("b"))
    read = [entry.live(today + timedelta(days=days)) for days in (0, 8, 9)]
    assert [each.answer for each in read if each] == ["lama", "lama", "baru"]
    withdraw(entry, "Keliru.", by("b"))
    propose(entry, article(answer="benar", valid_from=today + timedelta(days=3)), 2, by("b"))
    publish(entry, 3, by("a"))
    # What is wrong is not read again because what is right holds later.
    assert (entry.live(today), entry.withdrawn(today)) == (None, True)
    assert entry.live(today + timedelta(days=30)) == entry.versions[-1].article
    assert not entry.withdrawn(today + timedelta(days=30))


def test_versions_have_an_end_and_what_is_published_stays() -> None:
    entry = Entry()
    propose(entry, article(answer="terbit"), 0, by("a"))
    publish(entry, 1, by("b"))
    for n in range(1, 100):
        propose(entry, article(answer=f"versi {n}"), n, by("a"))
        refuse(entry, n + 1, "", by("a"))
    assert len(entry.versions) <= 42
    live = entry.live(clock.at.date())
    assert live is not None
    assert live.answer == "terbit"


def test_question_that_no_intent_covers_is_found_as_it_is_asked() -> None:
    asked = ("pinjem toa kecamatan gimana caranya", "boleh minjam toa punya kecamatan?")
    index = Index([*shipped(), article(id="toa", intent="layanan_kemenag_lain", asked=asked)])
    for question in (asked[0], "minjem toa kecamatan caranya gimana"):
        found, _few = index.look_up(question)
        assert found is not None
        assert found.id == "toa"
    assert Index(shipped()).look_up(asked[0])[0] is None
    other = index.look_up("nama saya dirahasiakan kan?")[0]
    assert other is not None
    assert other.id == "nama-dirahasiakan"


def test_article_without_a_word_breaks_no_question() -> None:
    index = Index([*shipped(), article(id="titik", intent="biaya_nikah", question="?????", answer="." * 30)])
    found = index.look_up("biaya nikah brp")[0]
    assert found is not None
    assert found.id == "biaya-nikah"
    assert Index([article(id="titik", intent="biaya_nikah", question="?????", answer="." * 30)]).look_up("biaya nikah")


def test_questions_that_are_alike_are_one() -> None:
    found = grouped(
        [
            ("1", "cara pinjam toa kecamatan", False, 1),
            ("2", "cara pinjam toa kecamatan dong", True, 3),
            ("3", "beasiswa santri dibuka kapan", False, 2),
        ]
    )
    assert [(each.times, sorted(each.ids)) for each in found] == [(4, ["1", "2"]), (2, ["3"])]


def test_marks_stand_in_escaped_text() -> None:
    assert str(marked("<b>Surat</b> dirahasiakan & aman", "rahasia surat <b>")) == (
        "&lt;b&gt;<mark>Surat</mark>&lt;/b&gt; dirahasiakan &amp; aman"
    )
    assert str(marked("<i>", "")) == "&lt;i&gt;"


async def test_unanswered_question_becomes_an_article_that_answers_it(
    intake: Service, library: Library, phones: tuple[Phones, str]
) -> None:
    teller = Teller(intake, phones[0], "6281000000081")
    for _ in range(2):
        await teller.write("pinjem toa kecamatan gimana caranya 081000000081")
    author, other = intake.client("kabid.dki", follow=True), intake.client("pusat", follow=True)
    page = (await author.get(PAGE)).text
    assert "pinjem toa kecamatan gimana caranya" in page
    assert "2 kali" in page
    assert "081000000081" not in page
    seen = (await author.post(f"{PAGE}/new", data=written(then="preview"))).text
    assert "✓ pinjem toa kecamatan" in seen
    assert "Dasar: Perda contoh Pasal 3; SE contoh" in seen
    saved = await author.post(f"{PAGE}/new", data=written(then="propose"))
    id = str(saved.url.path).removeprefix(f"{PAGE}/")
    assert "menunggu diperiksa" in saved.text
    assert library.index.article(id) is None
    assert (await author.post(f"{PAGE}/{id}/publish", data={"csrf": CSRF, "n": "1"})).status_code == 403
    assert (await other.post(f"{PAGE}/{id}/publish", data={"csrf": CSRF, "n": "1"})).status_code == 200
    await teller.write("pinjem toa kecamatan caranya gimana")
    assert "Mintalah kepada kantor kecamatan" in phones[0].talks[teller.number][-1].text
    faq = (await intake.client().get("/intake/faq", params={"q": "pinjem toa kecamatan caranya gimana"})).text
    assert "<mark>kecamatan</mark>" in faq
    assert "pinjem toa" not in (await author.get(PAGE)).text
    await other.post(f"{PAGE}/{id}/withdraw", data={"csrf": CSRF, "reason": "Perda itu dicabut."})
    assert library.index.article(id) is None
    assert "Perda itu dicabut." in (await author.get(f"{PAGE}/{id}")).text


async def test_another_replica_answers_with_it_too(intake: Service, library: Library) -> None:
    writer, other = intake.client("pusat", follow=True), intake.client("pkub", follow=True)
    id = "siapa-menilai-aliran"
    form = written(intent="aliran_paham", question="Siapa yang menilai suatu aliran?", then="propose")
    await writer.post(f"{PAGE}/{id}", data=form)
    replica = Library(intake.app.state.store.articles)
    await replica.refresh(now())
    assert replica.index.article(id) == next(each for each in shipped() if each.id == id)
    assert (await writer.post(f"{PAGE}/{id}/publish", data={"csrf": CSRF, "n": "1"})).status_code == 403
    await other.post(f"{PAGE}/{id}/publish", data={"csrf": CSRF, "n": "1"})
    await replica.refresh(now())
    for each in (library, replica):
        found = each.index.article(id)
        assert found is not None
        assert found.question == "Siapa yang menilai suatu aliran?"


@pytest.mark.parametrize(
    "wrong",
    [
        {"intent": "none"},
        {"answer": "x" * 601},
        {"review_at": "2020-01-01"},
        {"basis": " "},
        {"valid_from": "besok"},
    ],
    ids=str,
)
async def test_article_that_does_not_fit_is_refused_in_words(intake: Service, wrong: dict[str, str]) -> None:
    answer = await intake.client("pusat").post(f"{PAGE}/new", data=written(**wrong))
    assert answer.status_code == 422


async def test_page_of_an_article_that_is_none_is_not_found(intake: Service) -> None:
    client = intake.client("pusat")
    assert (await client.get(f"{PAGE}/tidak-ada")).status_code == 404
    assert (await client.post(f"{PAGE}/tidak-ada", data=written(then="propose"))).status_code == 404
    assert (await client.post(f"{PAGE}/tidak-ada/withdraw", data={"csrf": CSRF})).status_code == 404


@pytest.mark.parametrize(
    "told", ["ada yang bakar kios pak", "rumah saya di Cilandak dekat pasar", "tolong saya mau dibunuh sekarang", "ok"]
)
async def test_story_is_no_question(intake: Service, told: str) -> None:
    questions = intake.app.state.store.questions
    await questions.note(told, False, now())
    assert told not in [each.text for each in await questions.alike()]


async def test_what_was_asked_is_sealed_and_is_forgotten_when_it_was_no_question(intake: Service) -> None:
    question = "zzqx kapan bulan purnama muncul"
    await intake.client().get("/intake/faq", params={"q": question})
    stored = await intake.foundation.database["questions"].find({}).to_list()
    assert stored
    assert all(b"purnama" not in each["sealed"] for each in stored)
    assert all(set(each) == {"_id", "day", "sealed", "times", "unclear"} for each in stored)
    questions = intake.app.state.store.questions
    broken = [{"_id": "b1", "sealed": "text"}, {"_id": "b2", "sealed": b"", "times": "x", "unclear": 1}, {"_id": "b3"}]
    await intake.foundation.database["questions"].insert_many(broken)
    found = next(each for each in await questions.alike() if "purnama" in each.text)
    await intake.client("pusat").post(f"{PAGE}/questions/forget", data={"csrf": CSRF, "ids": ",".join(found.ids)})
    assert not [each for each in await questions.alike() if "purnama" in each.text]
