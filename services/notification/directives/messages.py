"""What officials are told of directives. Pure."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from chassis.language import N_, Labels, _

KIND = "directive"
NEW, REMINDER, WITHDRAWN = "new", "reminder", "withdrawn"
"""What a message of a directive is for."""
_SUBJECTS = Labels(
    {
        NEW: N_("Arahan: {title}"),
        REMINDER: N_("Belum dilaksanakan: {title}"),
        WITHDRAWN: N_("Arahan dicabut: {title}"),
    }
)
_WHATS = Labels({NEW: N_("Arahan baru"), REMINDER: N_("Pengingat arahan"), WITHDRAWN: N_("Arahan dicabut")})


class Saying(Protocol):
    """What a directive says of itself."""

    title: str
    text: str
    issued_by: str
    due_on: date | None
    withdrawn_by: str
    withdrawn_because: str


@dataclass(frozen=True)
class Wording:
    """A directive's message, as every channel can show it."""

    subject: str
    text: str
    short: str
    parameters: tuple[str, ...]
    data: dict[str, Any]

    @classmethod
    def of(cls, id: str, purpose: str, directive: "Saying", link: str) -> "Wording":
        """Of a directive, for one purpose."""
        title, over = directive.title, purpose == WITHDRAWN
        subject = _SUBJECTS[purpose].format(title=title)
        day = directive.due_on if not over else None
        due = _("Dilaksanakan paling lambat {day}.").format(day=day.isoformat()) if day else ""
        button = _("Baca:") if over else _("Buka, lalu tekan “Sudah dibaca” dan “Sudah dilaksanakan”:")
        by = directive.withdrawn_by if over else directive.issued_by
        text = directive.withdrawn_because if over else directive.text
        lines = [by, text, *([due] if due else []), f"{button} {link}"]
        data = {"directive_id": id, "purpose": purpose, "title": title, "text": text, "by": by, "link": link}
        return cls(
            subject=f"Rukun: {subject}",
            text="\n\n".join([subject, *lines]) + "\n",
            short=" ".join(each for each in (f"Rukun: {subject}.", due, link) if each),
            parameters=(_WHATS[purpose], title, link),
            data=data | {"due_on": day.isoformat() if day else None},
        )
