"""A video keeps what it shows and loses what it says of who made it, where, when and with what."""

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.problems import Problem
from services.intake.attachments import videos
from tests.intake.videos import DEVICE, MADE, PLACE, box, video


@pytest.mark.parametrize("version", [0, 1])
def test_place_device_and_time_are_gone_and_the_rest_stays(version: int) -> None:
    given = video(version=version)
    assert all(each in given for each in (PLACE, DEVICE, MADE))
    made = videos.clean(given)
    assert not any(each in made for each in (PLACE, DEVICE, MADE))
    assert len(made) == len(given)
    assert made[-1200:] == b"gambar" * 200  # nothing has moved: the tables of the tracks still fit
    assert made.count(b"REST" * 6) == given.count(b"REST" * 6)
    assert all(each in made for each in (b"tabel vide", b"tabel soun"))


def test_track_that_says_where_the_phone_was_is_taken_out() -> None:
    made = videos.clean(video(handlers=(b"vide", b"meta", b"gpmd")))
    assert b"tabel vide" in made
    assert b"tabel meta" not in made
    assert b"tabel gpmd" not in made


def test_cleaned_video_stays_as_it_is() -> None:
    made = videos.clean(video())
    assert videos.clean(made) == made


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"ftyp",
        b"no video at all, but some words",
        box(b"ftyp", b"isom"),
        box(b"moov", b""),
        box(b"ftyp", b"isom") + b"\xff\xff\xff\xffmoov",
        box(b"ftyp", b"isom") + (5).to_bytes(4) + b"moov" + bytes(40),
        box(b"ftyp", b"isom") + box(b"moov", (4000).to_bytes(4) + b"udta"),
        box(b"ftyp", b"isom") + box(b"moov", box(b"free") * 10_001),
        box(b"ftyp", b"isom") + box(b"moov", box(b"trak", box(b"mdia") * 3) * 3_000),
        box(b"ftyp", b"isom") + box(b"moov", box(b"trak") * 51),
        box(b"ftyp", b"isom") + box(b"moov") + (1).to_bytes(4) + b"mdat",
        box(b"ftyp", b"isom") + box(b"moov", (1).to_bytes(4) + b"udta"),
        box(b"ftyp", b"isom") + box(b"moov") + (1).to_bytes(4) + b"mdat" + bytes(8),
        b"\x1a\x45\xdf\xa3" + bytes(60),
    ],
)
def test_what_cannot_be_cleaned_is_refused_with_a_sentence(content: bytes) -> None:
    with pytest.raises(Problem) as refused:
        videos.clean(content)
    assert (refused.value.code, refused.value.status) == ("video-unreadable", 422)


def test_boxes_in_boxes_spend_their_own_budget_and_not_our_time() -> None:
    deep = box(b"trak", box(b"trak", box(b"trak", *[box(b"trak", box(b"mdia") * 9_000)] * 100)))
    began = time.process_time()
    with pytest.raises(Problem):
        videos.clean(box(b"ftyp", b"isom") + box(b"moov", deep))
    # Walked whole it was 18 s; the bound is far from both.
    assert time.process_time() - began < 3


@given(st.binary(max_size=200), st.integers(0, 900), st.integers(1, 60))
def test_broken_video_is_cleaned_or_refused(noise: bytes, at: int, length: int) -> None:
    whole = video()
    for content in (noise, whole[:at] + noise + whole[at + length :], whole[:at]):
        with contextlib.suppress(Problem):
            assert len(videos.clean(content)) == len(content)
