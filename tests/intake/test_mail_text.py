"""What of a mail is read: the words of its writer, its files, and nothing that a machine wrote."""

from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.problems import Problem
from contracts.vocabulary import AttachmentKind
from services.intake.channels import email
from services.intake.channels.mail_text import own_words

OWN = "lapor@rukun.invalid"
KEY = b"kunci" * 8
STORY = "Spanduk menolak gereja dipasang di Gambir, Jakarta Pusat."


def mail(text: str = STORY, subject: str = "", **headers: str) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "Warga <Warga.Satu@Contoh.invalid>", OWN, subject
    made["Message-ID"] = "<1@contoh.invalid>"
    for name, value in headers.items():
        del made[name.replace("_", "-")]
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made


def words(made: EmailMessage) -> list[str]:
    return [each.message.text for each in email.read(made.as_bytes(), OWN, KEY)]


@pytest.mark.parametrize(
    "quoted",
    [
        "\n\nPada Sab, 28 Nov 2026 pukul 20.00 Rukun <lapor@rukun.invalid> menulis:\n> Periksa laporan Anda\n> 1 = Kirim\n",
        "\n\nPada Sab, 28 Nov 2026 20.00, <lapor@rukun.invalid>\nmenulis:\n> Periksa laporan\n",
        "\n\nOn Sat, Nov 28, 2026 at 8:00 PM Rukun <lapor@rukun.invalid>\nwrote:\n\n> Periksa laporan\n",
        "\n-- \nBudi, Gambir\n",
        "\n\nDikirim dari iPhone saya\n",
        "\n\n-----Original Message-----\nFrom: Rukun <lapor@rukun.invalid>\nSubject: Balasan\n\nPeriksa laporan\n",
        "\n\n________________________________\nFrom: Rukun <lapor@rukun.invalid>\n\nPeriksa laporan\n",
        "\n> Periksa laporan\n> 1 = Kirim\n",
    ],
)
def test_what_is_quoted_is_not_what_they_wrote(quoted: str) -> None:
    assert own_words(STORY + quoted, OWN) == STORY
    assert own_words((STORY + quoted).replace("\n", "\r\n"), OWN) == STORY


@pytest.mark.parametrize(
    "whole",
    [
        "---------- Forwarded message ---------\nDari: Grup RT\n\nBesok semua turun ke masjid.",
        "Pada hari Senin ketua RT menulis:\njangan ada yang datang ke gereja.",
        "> semua ini dikutip",
        "Mereka menulis di tembok: usir mereka.",
        "Ada ujaran kebencian.\nPada Senin malam akun @provokator menulis:\nBesok kita bakar gereja itu.",
        "Mohon ditindak.\n\n________________________________\nFrom: Grup <grup@contoh.invalid>\n\nBesok semua turun.",
        "Lihat ini:\nPada Senin <provokator@contoh.invalid> menulis:\n> Besok kita bakar gereja itu.\n> Siapkan bensin.",
        "Kronologi kejadian\n--\n1. Massa datang\n2. Gereja dibakar",
    ],
)
def test_what_somebody_wants_to_show_is_kept(whole: str) -> None:
    assert own_words(whole, OWN) == whole


def test_what_stands_below_or_between_quotations_is_theirs() -> None:
    quoted = "On Sat, Nov 28, 2026 Rukun <lapor@rukun.invalid> wrote:\n> Berapa orang?\n"
    assert own_words(f"Selamat pagi,\n\n{quoted}\nSekitar sepuluh orang", OWN).split() == (
        ["Selamat", "pagi,", "Sekitar", "sepuluh", "orang"]
    )
    assert own_words(f"{quoted}\n1234", OWN) == "1234"


def test_words_of_html_stay_apart_and_nothing_is_lost() -> None:
    made = mail()
    made.set_content(
        "<html><head><meta x><p>Massa <b>membakar</b> gereja di <span>Gambir</span> tadi</p>", subtype="html"
    )
    assert words(made) == ["Massa membakar gereja di Gambir tadi"]
    word = "<!--[if mso]><xml>96</xml><![endif]--><p>Tadi &lt;3 orang, kini 3 < 5 &amp; naik&nbsp;lagi</p>"
    made.set_content(word, subtype="html")
    assert words(made) == ["Tadi <3 orang, kini 3 < 5 & naik lagi"]
    both = mail(" ")
    both.add_alternative(f"<table><tr><td>{STORY}</td><td>Segera</td></tr></table>", subtype="html")
    assert words(both) == [f"{STORY} Segera"]


def test_text_between_pictures_and_in_a_forwarded_mail_is_read() -> None:
    made = mail("Sebelum gambar.")
    made.add_attachment(b"x", maintype="image", subtype="jpeg", filename="a.jpg")
    made.add_attachment(b"Sesudah gambar.", maintype="text", subtype="plain", disposition="inline")
    made.add_attachment(mail("Isi yang diteruskan."))
    assert words(made) == ["Sebelum gambar.\n\nSesudah gambar.\n\nIsi yang diteruskan."]


@pytest.mark.parametrize(
    "bomb", ["<a " * 2_000_000, ("On " + "@" * 197 + "\n") * 100_000, "&" * 5_000_000, ">\n" * 3_000_000]
)
def test_no_text_takes_longer_than_its_length(bomb: str) -> None:
    """Each of these once took minutes: what matters is that it ends."""
    made = mail()
    made.set_content(bomb, subtype="html" if bomb[0] in "<&" else "plain")
    assert len(words(made)) <= 1


@pytest.mark.parametrize("author", ["tanpa alamat", "a@contoh.invalid, b@contoh.invalid", "büdi@contoh.invalid"])
def test_who_cannot_be_answered_learns_it_from_the_mail_server(author: str) -> None:
    raw = mail().as_bytes().replace(b"Warga <Warga.Satu@Contoh.invalid>", author.encode())
    with pytest.raises(Problem) as refused:
        email.read(raw, OWN, KEY)
    assert refused.value.status == 422


def test_title_with_a_comma_is_no_second_author() -> None:
    raw = mail().as_bytes().replace(b"Warga <Warga", b"Drs. H. Budi, M.Ag <Warga")
    assert [each.message.person for each in email.read(raw, OWN, KEY)] == ["warga.satu@contoh.invalid"]


def test_halves_of_letters_do_not_get_in() -> None:
    raw = mail("x").as_bytes().replace(b"utf-8", b"utf-7").replace(b"\nx\n", b"\n+2AA- tolong\n")
    assert all(each.message.text.encode() for each in email.read(raw, OWN, KEY))


def test_subject_belongs_to_what_begins_and_not_to_an_answer() -> None:
    assert words(mail(subject="Pembakaran di Gambir")) == [f"Pembakaran di Gambir\n{STORY}"]
    assert words(mail(subject="Re: Balasan untuk Anda")) == [STORY]
    assert words(mail("1234", subject="Laporan")) == ["1234"]
    assert words(mail("Tolong segera!", subject="Massa membakar gereja")) == ["Massa membakar gereja\nTolong segera!"]
    assert words(mail("", subject="Ada keributan di Gambir")) == ["Ada keributan di Gambir"]
    assert words(mail(subject=STORY)) == [STORY]


def test_html_alone_is_read_as_its_reader_sees_it() -> None:
    made = mail()
    html = f"<html><head><title>x</title><style>p{{}}</style></head><body><p>{STORY}</p><p>Dua &amp; tiga<br>baris</p>"
    made.set_content(html, subtype="html")
    assert words(made) == [f"{STORY}\nDua & tiga\nbaris"]


def test_unknown_character_set_is_read_as_well_as_it_goes() -> None:
    raw = mail().as_bytes().replace(b'charset="utf-8"', b'charset="klingon"')
    assert [each.message.text for each in email.read(raw, OWN, KEY)] == [STORY]


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"List_Id": "<warga.contoh.invalid>"},
        {"Return_Path": "<>"},
        {"From": OWN.upper()},
        {"Return_Path": "<MAILER-DAEMON>"},
        {"From": "MAILER-DAEMON@contoh.invalid"},
        {"X_Autoreply": "yes"},
    ],
)
def test_machines_begin_no_conversation(headers: dict[str, str]) -> None:
    assert words(mail(**headers)) == []


def test_person_is_known_by_their_address_whatever_its_case() -> None:
    found = email.read(mail().as_bytes(), OWN, KEY)[0].message
    assert (found.person, found.address) == ("warga.satu@contoh.invalid", "warga.satu@contoh.invalid")


def _kinds(made: EmailMessage) -> list[tuple[str, Any]]:
    return [(each.message.kind, len(each.content)) for each in email.read(made.as_bytes(), OWN, KEY)]


def test_first_file_comes_with_the_words_and_the_others_alone() -> None:
    made = mail()
    for size in (10, 20):
        made.add_attachment(b"x" * size, maintype="image", subtype="jpeg", filename=f"{size}.jpg")
    made.add_attachment(b"x" * 30, maintype="application", subtype="pdf", filename="surat.pdf")
    found = email.read(made.as_bytes(), OWN, KEY)
    assert [(each.message.kind, each.message.file, len(each.content)) for each in found] == [
        ("text", AttachmentKind.PHOTO, 10),
        ("photo", AttachmentKind.PHOTO, 20),
        ("document", AttachmentKind.DOCUMENT, 30),
    ]
    assert len({each.message.media for each in found} | {each.message.id for each in found}) == 6


def test_file_that_is_not_taken_is_answered() -> None:
    made = mail()
    made.add_attachment(b"x", maintype="application", subtype="zip", filename="a.zip")
    assert _kinds(made) == [("text", 0), ("media", 0)]
    assert _kinds(mail("")) == [("media", 0)]


def test_files_have_a_bound() -> None:
    made = mail()
    for n in range(9):
        made.add_attachment(b"x", maintype="image", subtype="png", filename=f"{n}.png")
    assert [kind for kind, _ in _kinds(made)] == ["text", *["photo"] * 5, "media"]


@given(st.binary(max_size=400))
def test_no_bytes_are_more_than_an_error(raw: bytes) -> None:
    try:
        email.read(raw, OWN, KEY)
        email.read(b"From: a@contoh.invalid\r\nContent-Type: multipart/mixed; boundary=x\r\n" + raw, OWN, KEY)
    except Problem as problem:
        assert problem.status == 422  # noqa: PT017
