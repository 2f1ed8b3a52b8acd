"""Sample officials for a first start. Names are offices, numbers are made up."""

from pathlib import Path

from rukun.client import Visitor

DIRECTORY = """nama,peran,wilayah,email,whatsapp,webhook,sms
Kepala KUA Gambir,kepala_kua,31.71.01,kua.gambir@contoh.invalid,6281000000101,,6281000000101
Penyuluh Gambir,penyuluh,31.71.01,penyuluh.gambir@contoh.invalid,6281000000102,,
Kasi Bimas Islam Jakarta Pusat,kasi,31.71,kasi.jakpus@contoh.invalid,6281000000103,,
Kabid Urais DKI Jakarta,kabid,31,kabid.dki@contoh.invalid,6281000000104,,
Subdit Bina Paham,nasional,ID,pusat@contoh.invalid,6281000000105,,
Kepala KUA Bogor Selatan,kepala_kua,32.71.01,kua.bogor@contoh.invalid,6281000000106,,6281000000106
"""


def fill_directory(admin: Visitor) -> None:
    """Import the sample officials as an administrator does."""
    files = {"file": ("direktori.csv", DIRECTORY.encode(), "text/csv")}
    admin.submit("/notification/directory", "/notification/directory", {}, files).raise_for_status()


def seed_once(origin: str, home: Path) -> None:
    """Fill an empty house with the sample officials, once."""
    mark = home / "seeded"
    if mark.exists():
        return
    admin = Visitor(origin)
    try:
        fill_directory(admin.sign_in("admin", "notification"))
    finally:
        admin.close()
    mark.touch()
