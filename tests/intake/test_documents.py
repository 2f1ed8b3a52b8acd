"""A document becomes pictures of its pages: nothing that runs, links or names its author is left."""

import subprocess
import sys
from io import BytesIO

import pytest
import typst
from pypdf import PdfReader, PdfWriter
from pypdf.actions import JavaScript
from pypdf.generic import ArrayObject, NumberObject, StreamObject, TextStringObject
from pypdf.generic import DictionaryObject as D
from pypdf.generic import NameObject as N

from chassis.problems import Problem
from services.intake.attachments import documents
from services.intake.attachments.document_worker import MOST_PAGES

AUTHOR = "Seseorang dari Contoh"


def letter(pages: int = 2, password: str = "", width: str = "21cm") -> bytes:
    """A PDF with an author, a script and a link."""
    text = f'#set document(author: "{AUTHOR}", title: "Surat")\n#set page(width: {width})\n' + "#pagebreak()\n".join(
        f'Surat penolakan, halaman {n}. #link("https://contoh.invalid")[tautan]\n\n' for n in range(pages)
    )
    made = PdfWriter(BytesIO(typst.compile(text.encode())))
    made.add_open_action(JavaScript("app.alert('halo')"))
    made.add_attachment("rahasia.txt", b"isi lampiran")
    if password:
        made.encrypt(password)
    written = BytesIO()
    made.write(written)
    return written.getvalue()


async def test_pages_are_pictures_and_nothing_else_is_left() -> None:
    given = letter()
    assert {"/OpenAction", "/Names"} & set(PdfReader(BytesIO(given)).trailer["/Root"])
    made = await documents.clean(given)
    shown = PdfReader(BytesIO(made))
    assert len(shown.pages) == 2
    assert not any(page.extract_text().strip() or page.get("/Annots") for page in shown.pages)
    assert [max(page.images[0].image.size) for page in shown.pages] == [1400, 1400]  # type: ignore[union-attr]
    # Something was drawn: a white page has one colour.
    assert all(len(page.images[0].image.convert("L").getcolors()) > 10 for page in shown.pages)  # type: ignore[union-attr]
    assert not {"/OpenAction", "/Names", "/AcroForm"} & set(shown.trailer["/Root"])
    assert AUTHOR.encode() not in made
    assert not {"/Author", "/Title"} & set(shown.metadata or {})


async def test_what_was_filled_into_a_form_is_drawn() -> None:
    """A field of a form is drawn by its own appearance, which is none of the page."""
    made = PdfWriter()
    page = made.add_blank_page(300, 300)
    look = StreamObject()
    look.set_data(b"0 0 0 rg 0 0 100 100 re f")
    look.update({N("/Type"): N("/XObject"), N("/Subtype"): N("/Form"), N("/BBox"): _box(100), N("/Resources"): D()})
    field = D({N("/Type"): N("/Annot"), N("/Subtype"): N("/Widget"), N("/FT"): N("/Tx"), N("/Rect"): _box(100)})
    field.update({N("/T"): TextStringObject("isi"), N("/F"): NumberObject(4)})
    field[N("/AP")] = D({N("/N"): made._add_object(look)})
    reference = made._add_object(field)
    page[N("/Annots")] = ArrayObject([reference])
    made.root_object[N("/AcroForm")] = D({N("/Fields"): ArrayObject([reference])})
    written = BytesIO()
    made.write(written)
    shown = PdfReader(BytesIO(await documents.clean(written.getvalue())))
    assert shown.pages[0].images[0].image.convert("L").getextrema()[0] < 50  # type: ignore[union-attr]


def _box(size: int) -> ArrayObject:
    return ArrayObject([NumberObject(each) for each in (0, 0, size, size)])


async def test_long_document_is_shown_up_to_a_page() -> None:
    made = await documents.clean(letter(MOST_PAGES + 5))
    assert len(PdfReader(BytesIO(made)).pages) == MOST_PAGES


async def test_page_of_any_size_is_drawn_as_large_as_others() -> None:
    made = PdfReader(BytesIO(await documents.clean(letter(1, width="400cm"))))
    assert max(made.pages[0].images[0].image.size) == 1400  # type: ignore[union-attr]


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7\n", b"no document", letter(1)[:300]], ids=len)
async def test_what_is_no_document_is_refused_with_a_sentence(content: bytes) -> None:
    with pytest.raises(Problem) as refused:
        await documents.clean(content)
    assert (refused.value.code, refused.value.status) == ("document-unreadable", 422)


def test_service_itself_loads_nothing_that_reads_what_strangers_send() -> None:
    loaded = (
        "import sys, services.intake.app; print({'PIL', 'pypdfium2'} & {each.split('.')[0] for each in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


async def test_locked_document_is_refused_with_a_sentence() -> None:
    with pytest.raises(Problem) as refused:
        await documents.clean(letter(1, password="rahasia"))
    assert refused.value.code == "document-unreadable"
