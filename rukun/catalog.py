"""Catalogs of translations, kept in step with the texts in the code: new ones are added, unused ones leave."""

import ast
import io
import re
from pathlib import Path

from babel.messages import Catalog
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

_ROOT = Path(__file__).resolve().parent.parent
_SOURCES = ("chassis", "kemenag", "services", "rukun")
_METHODS = [("**/templates/**.html", "jinja2"), ("**.py", "python")]
_KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2)}
_PLACE = re.compile(r"%\(\w+\)s|\{\w+(?::[^}]*)?\}")
_HEADER = r"""msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

"""
ENGLISH = _ROOT / "kemenag" / "locale" / "en.po"


def english() -> str:
    """The English catalog as it should be: every text of the code with the translation that it has."""
    known = _read()
    made = Catalog(locale="en", fuzzy=False)
    for text in _texts():
        before = known.get(text[0] if isinstance(text, tuple) else text)
        made.add(text, before.string if before and isinstance(before.id, type(text)) else None)
    out = io.BytesIO()
    write_po(out, made, width=120, omit_header=True, sort_output=True)
    return _HEADER + out.getvalue().decode().strip() + "\n"


def faults() -> list[str]:
    """Texts without a translation, translations with other places than their text, and texts that extraction misses
    (it does not look into f-strings), a line each."""
    known = _read()
    missed = [text for text in _marked() if known.get(text) is None]
    found = [f"{ENGLISH.name}: “{text[:60]}” is not extracted: take it out of its f-string" for text in missed]
    return found + [fault for message in known if message.id for fault in _faults(message)]


def _marked() -> set[str]:
    """Every constant text that the code marks, wherever it stands."""
    calls = [
        node
        for source in _SOURCES
        for path in (_ROOT / source).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in _KEYWORDS
    ]
    first = [call.args[0] for call in calls]
    return {each.value for each in first if isinstance(each, ast.Constant) and isinstance(each.value, str)}


def sentences() -> list[str]:
    """The Indonesian texts that say something else in English and hold no places."""
    plain = [each for each in _read() if isinstance(each.id, str) and each.id and not _PLACE.search(each.id)]
    return [str(each.id) for each in plain if each.string != each.id]


def _read() -> Catalog:
    with ENGLISH.open("rb") as file:
        return read_po(file, locale="en")


def _texts() -> list[str | tuple[str, ...]]:
    found: dict[str | tuple[str, ...], None] = {}
    for source in _SOURCES:
        for _name, _line, text, _comments, _context in extract_from_dir(_ROOT / source, _METHODS, keywords=_KEYWORDS):
            found[text] = None
    return list(found)


def _faults(message: Message) -> list[str]:
    texts = (message.id,) if isinstance(message.id, str) else message.id
    translations = (message.string,) if isinstance(message.string, str) else tuple(message.string or ("",))
    name = texts[0][:60]
    if not all(translations):
        return [f"{ENGLISH.name}: “{name}” is not translated"]
    places = set(_PLACE.findall(texts[0]))
    # The singular may say "one" where the plural has a number.
    wrong = [each for each in translations if not set(_PLACE.findall(each)) <= places]
    short = set(_PLACE.findall(translations[-1])) != places
    return [f"{ENGLISH.name}: “{name}” has other places than its translation"] if wrong or short else []
