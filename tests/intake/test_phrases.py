"""What only sounds like wanting no word from us."""

import pytest

from services.intake.dialogue import phrases


@pytest.mark.parametrize(
    "text",
    [
        "jangan hubungi pak lurah dia yang pasang spanduk",
        "jangan hubungi polisi saya takut",
        "stop dulu kekerasannya",
        "tolong stop pembangunan gereja itu",
        "mereka sudah berhenti",
        "berhenti sejak tadi pagi pak",
        "warga tidak mau dihukum",
        "saya tidak bisa dihubungi sore ini",
        "tidak perlu telepon polisi lagi",
        "jangan bilang siapa siapa",
        "tolong suruh mereka jangan ganggu kami beribadah di kecamatan gambir",
        "pengurus gereja tidak mau menghubungi kami soal izin",
        "panitia tidak mau tanya kami dulu",
        "spanduk bertuliskan jangan ganggu kami",
        "pak rt tidak mau dihubungi",
        "pengurusnya tidak mau menghubungi kami lagi dan gereja masih disegel",
    ],
)
def test_it_is_about_something_else(text: str) -> None:
    assert not phrases.wants_no_word(text)
    assert not phrases.STOP.fullmatch(text)
    assert not phrases.NO_WORD_AT_ALL.fullmatch(text)
