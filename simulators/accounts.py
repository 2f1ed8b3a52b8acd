"""The sample accounts. Names are offices, not people."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Account:
    """An account of the simulated identity provider."""

    sub: str
    name: str
    roles: tuple[str, ...]
    regions: tuple[str, ...]


ACCOUNTS: tuple[Account, ...] = (
    Account("kua.gambir", "Kepala KUA Gambir", ("kepala_kua",), ("31.71.01",)),
    Account("penyuluh.gambir", "Penyuluh Agama Islam Gambir", ("penyuluh",), ("31.71.01",)),
    Account("kasi.jakpus", "Kasi Bimas Islam Jakarta Pusat", ("kasi",), ("31.71",)),
    Account("kabid.dki", "Kabid DKI Jakarta", ("kabid",), ("31",)),
    Account("pusat", "Subdit Bina Paham", ("nasional",), ("ID",)),
    Account("pkub", "Pusat Kerukunan Umat Beragama", ("nasional",), ("ID",)),
    Account("admin", "Administrator", ("admin",), ("ID",)),
    Account("dpo", "Pejabat pelindungan data", ("dpo",), ("ID",)),
    Account("mitra", "Sistem mitra contoh", ("mitra",), ("ID",)),
    Account("kua.bogor", "Kepala KUA Bogor Selatan", ("kepala_kua",), ("32.71.01",)),
)
