"""Photos lose their metadata; what is no picture is refused."""

from io import BytesIO

import pytest
from PIL import Image

from chassis.problems import Problem
from services.intake.photos import clean


def picture(kind: str, size: tuple[int, int] = (40, 20)) -> bytes:
    written = BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "rumah seseorang"
    exif[0x0112] = 6
    Image.new("RGB", size, "red").save(written, kind, exif=exif)
    return written.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_picture_is_turned_upright_and_stripped(kind: str) -> None:
    made, print_of = clean(picture(kind))
    with Image.open(BytesIO(made)) as shown:
        assert not shown.getexif()
        assert shown.size == (20, 40)
    assert len(print_of) == 64


def test_large_picture_is_made_smaller() -> None:
    made, _ = clean(picture("JPEG", (4000, 100)))
    with Image.open(BytesIO(made)) as shown:
        assert max(shown.size) == 1600


@pytest.mark.parametrize("content", [b"", b"<svg/>", b"GIF89a....", picture("JPEG")[:100]])
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(Problem):
        clean(content)
