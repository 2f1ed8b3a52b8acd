"""What a story is about, what happened and when: by plain words, the same at each reading."""

import pytest

from contracts.vocabulary import Act, Category
from services.intake.understanding.acts import told_acts
from services.intake.understanding.categories import category_of
from services.intake.understanding.times import time_of


@pytest.mark.parametrize(
    ("story", "category", "acts"),
    [
        ("Spanduk menolak pembangunan gereja dipasang di gang", Category.RUMAH_IBADAT, [Act.SPANDUK_PENOLAKAN]),
        ("Kebaktian minggu dibubarkan warga", Category.HAMBATAN_IBADAH, []),
        ("warga protes toa musola kerasnya minta ampun", Category.PENGERAS_SUARA, [Act.PROTES_TERBUKA]),
        ("ada kelompok yang dibilang sesat, warga keberatan", Category.PAHAM_ALIRAN, [Act.PENOLAKAN_LISAN]),
        ("ceramahnya menghina agama tetangga", Category.UJARAN_KEBENCIAN, []),
        ("katanya besok ada yang mau datang, beredar di grup", Category.HOAKS_PROVOKASI, [Act.RUMOR]),
        ("takmir lama dan baru rebutan kunci", Category.INTERNAL_UMAT, []),
        ("dua kampung beda agama saling ejek", Category.ANTARUMAT, []),
        ("gereja dibakar orang tak dikenal", Category.KEKERASAN_PENGUSIRAN, [Act.PEMBAKARAN]),
        ("jemaat diusir dari kontrakan", Category.KEKERASAN_PENGUSIRAN, [Act.PENGUSIRAN]),
        ("pintu masjid digembok pengurus lama", Category.RUMAH_IBADAT, [Act.PENUTUPAN_PAKSA]),
        ("jalan rusak depan rumah", Category.LAINNYA, []),
    ],
)
def test_story_is_understood(story: str, category: Category, acts: list[Act]) -> None:
    assert told_acts(story) == acts
    assert category_of(story, acts) is category


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("tadi malam ada yang lempar batu", "earlier"),
        ("kemarin sore", "earlier"),
        ("3 hari lalu", "earlier"),
        ("minggu lalu di balai", "earlier"),
        ("sekarang masih ramai", "now"),
        ("massa sedang berkumpul", "now"),
        ("tadi pagi di pasar", "today"),
        ("hari ini", "today"),
        ("bapak sedang sakit, warga resah", None),
        ("spanduk di gang", None),
        ("hari minggu kebaktian", None),
    ],
)
def test_time_is_taken_from_words_that_mean_one(text: str, when: str | None) -> None:
    assert time_of(text) == when
