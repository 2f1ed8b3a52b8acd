"""Documents name files that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENTS = [
    *(each for each in ROOT.glob("*.md") if each.name != "CHANGELOG.md"),
    *(ROOT / "docs").rglob("*.md"),
    *(ROOT / "services").rglob("*.md"),
    ROOT / "bench/README.md",
]
_FOLDERS = "tests|services|chassis|kemenag|rukun|contracts|deploy|bench|docs|simulators|requirements"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda each: str(each.relative_to(ROOT)))
def test_what_a_document_names_is_there(document: Path) -> None:
    text = document.read_text()
    named = re.findall(rf"`((?:{_FOLDERS})/[\w./-]*\w/?)`", text)
    missing = [each for each in named if not (ROOT / each).exists()]
    linked = [
        each for each in re.findall(r"\]\(([^)#\s:]+)(?:#[^)]*)?\)", text) if not (document.parent / each).exists()
    ]
    assert missing + linked == []
