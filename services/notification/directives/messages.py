"""What officials are told of directives. Pure."""

from dataclasses import dataclass
from typing import Any

from chassis.database import Document
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


@dataclass(frozen=True)
class Told:
    """A directive's message, as every channel can show it."""

    subject: str
    text: str
    short: str
    parameters: tuple[str, ...]
    data: dict[str, Any]

    @classmethod
    def of(cls, content: Document, link: str) -> "Told":
        """From what stands in the delivery."""
        purpose, title = content["purpose"], content["title"]
        subject = _SUBJECTS[purpose].format(title=title)
        due = _("Dilaksanakan paling lambat {day}.").format(day=content["due_on"]) if content.get("due_on") else ""
        button = _("Baca:") if purpose == WITHDRAWN else _("Buka, lalu tekan “Sudah dibaca” dan “Sudah dilaksanakan”:")
        lines = [content["issued_by"], content["text"], *([due] if due else []), f"{button} {link}"]
        fields = ("directive_id", "purpose", "title", "text", "issued_by", "due_on")
        return cls(
            subject=f"Rukun: {subject}",
            text="\n\n".join([subject, *lines]) + "\n",
            short=" ".join(each for each in (f"Rukun: {subject}.", due, link) if each),
            parameters=(_WHATS[purpose], title, link),
            data={name: content.get(name) for name in fields} | {"link": link},
        )
