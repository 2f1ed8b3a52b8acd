"""The open data that lies beside the repository, where it does; it never enters it."""

import csv
from pathlib import Path

import pytest

from services.escalation.backtest.places import known_code
from services.escalation.country import indonesia

OPEN = Path(__file__).parents[3] / "shared" / "data" / "early-warning"
needs_open_data = pytest.mark.skipif(not OPEN.is_dir(), reason=f"no open data in {OPEN}")


def rows(name: str) -> list[dict[str, str]]:
    with (OPEN / name).open(newline="") as file:
        return list(csv.DictReader(file))


def write_incidents(folder: Path) -> tuple[Path, Path]:
    """CVEW as a file of events, with the file of all kabupaten and kota."""
    events, areas = folder / "cvew.csv", folder / "areas.csv"
    found = [(row["date"], row["district_city_id"]) for row in rows("cvew_2021_jan_aug.csv")]
    events.write_text("date,area\n" + "".join(f"{day},{code}\n" for day, code in found))
    named = {known_code(code) for _, code in found}
    others = [code for code in indonesia().areas.codes if code not in named]
    areas.write_text("area\n" + "\n".join(others) + "\n")
    return events, areas


def write_fatal_events(folder: Path, without: str = "Timor") -> Path:
    """UCDP events that are placed to the district and dated to the month, by district."""
    path = folder / "ucdp.csv"
    lines = ["date,area,lat,lng"]
    for row in rows("ucdp_ged_idn_1989_2001.csv"):
        area = f"{row['adm_1']}/{row['adm_2'] or row['adm_1']}".replace(",", " ")
        if int(row["where_prec"]) <= 4 and int(row["date_prec"]) <= 4 and without not in area:
            lines.append(f"{row['date_start']},{area},{row['latitude']},{row['longitude']}")
    path.write_text("\n".join(lines) + "\n")
    return path
