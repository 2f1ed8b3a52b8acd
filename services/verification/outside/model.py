"""Breaking the glass: somebody reads a case that lies outside their region, as waiting would be worse. Pure."""

from datetime import timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from chassis.identity import Person
from chassis.language import _
from chassis.problems import Problem
from contracts.regions import ancestry
from services.verification.model import By as Actor
from services.verification.model import Case, Loaded, add_step

LASTS = timedelta(hours=4)


class Access(BaseModel):
    """One person's reading of one case. Who it is stands here as a keyed hash, and sealed."""

    case_id: str
    number: str
    jurisdiction: tuple[str, ...]
    who: str
    actor: str
    office: str
    reason: str
    at: AwareDatetime
    until: AwareDatetime
    reviewed_at: AwareDatetime | None = None
    reviewed_by: str = ""
    fitting: bool | None = None
    note: str = ""


class OpenForm(BaseModel):
    """What somebody asks for."""

    model_config = ConfigDict(str_strip_whitespace=True)
    csrf: str
    number: str = Field(min_length=1, max_length=60)
    reason: str = Field(min_length=20, max_length=1000)


class ReviewForm(BaseModel):
    """What somebody who answers for the place, or for personal data, finds of it."""

    model_config = ConfigDict(str_strip_whitespace=True)
    csrf: str
    fitting: bool
    note: str = Field(default="", max_length=1000)


def offices_of(person: Person) -> list[str]:
    """Their offices and those above: what is said of one of these must stay hidden from them."""
    return sorted({code for each in person.regions for code in ancestry(each)})


def is_withheld(case: Case, person: Person) -> bool:
    """Whether the case is about an office of theirs, or one above: it stays hidden from them whatever the need."""
    return not set(offices_of(person)).isdisjoint(set(ancestry(case.region)) - set(case.jurisdiction))


def note_opening(loaded: Loaded, reason: str, by: Actor) -> None:
    """A step of the case: its office reads who looked from outside, and why."""
    add_step(loaded, by, "opened_outside", {"text": reason})


def note_review(loaded: Loaded, access: Access, by: Actor) -> None:
    """A step of the case: what was found of it."""
    kind = "outside_fitting" if access.fitting else "outside_unfitting"
    add_step(loaded, by, kind, {"office": access.office, "note": access.note}, news=False)


def review(access: Access, form: ReviewForm, who: str, by: Actor) -> None:
    """Find whether it was needed; once, and not by who did it."""
    if access.who == who:
        detail = _("Yang meninjau harus orang lain.")
        raise Problem("second-person", 403, _("Perlu orang kedua"), detail)
    if access.reviewed_at is not None:
        raise Problem("reviewed-already", 409, _("Pembukaan ini sudah ditinjau"), _("Muat ulang halaman."))
    if not form.fitting and len(form.note) < 5:
        raise Problem("note-missing", 422, _("Tulis sebabnya"), _("Mengapa pembukaan ini tidak pada tempatnya?"))
    access.reviewed_at, access.reviewed_by = by.at, by.office
    access.fitting, access.note = form.fitting, form.note
