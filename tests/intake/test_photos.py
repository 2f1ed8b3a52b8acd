"""Photos lose their metadata; what is no picture is refused."""

import asyncio
import subprocess
import sys
from io import BytesIO

import psutil
import pytest
from PIL import Image

from chassis.problems import Problem
from services.intake.attachments.photos import clean


def picture(kind: str, size: tuple[int, int] = (40, 20)) -> bytes:
    written = BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "rumah seseorang"
    exif[0x0112] = 6
    Image.new("RGB", size, "red").save(written, kind, exif=exif)
    return written.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_picture_is_turned_upright_and_stripped(kind: str) -> None:
    made = await clean(picture(kind))
    with Image.open(BytesIO(made)) as shown:
        assert not shown.getexif()
        assert shown.size == (20, 40)


@pytest.mark.parametrize(
    ("kind", "size"),
    [("JPEG", (12_000, 12_000)), ("PNG", (7070, 7070)), ("WEBP", (6000, 6000)), ("PNG", (30_000, 2_000))],
)
async def test_picture_that_would_exhaust_memory_is_refused_with_a_sentence(kind: str, size: tuple[int, int]) -> None:
    with pytest.raises(Problem) as refused:
        await clean(picture(kind, size))
    assert (refused.value.code, refused.value.status) == ("photo-too-large", 422)


async def test_photo_with_more_than_one_picture_in_it_is_taken() -> None:
    written = BytesIO()
    first, second = (Image.new("RGB", (40, 20), each) for each in ("red", "blue"))
    first.save(written, "MPO", save_all=True, append_images=[second])
    made = await clean(written.getvalue())
    with Image.open(BytesIO(made)) as shown:
        assert shown.size == (40, 20)


async def test_photo_of_a_good_camera_is_taken() -> None:
    made = await clean(picture("JPEG", (7070, 7070)))
    with Image.open(BytesIO(made)) as shown:
        assert shown.size == (1600, 1600)


_MEASURE = """
import resource, subprocess, sys
subprocess.run([sys.executable, "-m", "services.intake.attachments.photo_worker"], stdin=sys.stdin, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


@pytest.mark.parametrize(("kind", "size"), [("JPEG", (7070, 7070)), ("PNG", (5000, 4000)), ("WEBP", (3000, 2000))])
def test_worker_is_never_large(kind: str, size: tuple[int, int]) -> None:
    measured = subprocess.run(
        [sys.executable, "-c", _MEASURE], input=picture(kind, size), capture_output=True, check=True
    )
    assert int(measured.stdout) < 150_000  # kB


async def test_pictures_are_worked_on_one_at_a_time() -> None:
    small, running = picture("JPEG"), []

    async def count() -> None:
        while True:
            running.append(sum("photo_worker" in " ".join(each.cmdline()) for each in psutil.Process().children()))
            await asyncio.sleep(0.01)

    counting = asyncio.create_task(count())
    await asyncio.gather(*(clean(small) for _ in range(6)))
    counting.cancel()
    assert max(running) == 1


async def test_large_picture_is_made_smaller() -> None:
    made = await clean(picture("JPEG", (4000, 100)))
    with Image.open(BytesIO(made)) as shown:
        assert max(shown.size) == 1600


@pytest.mark.parametrize("content", [b"", b"<svg/>", b"GIF89a....", picture("JPEG")[:100]])
async def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(Problem):
        await clean(content)
