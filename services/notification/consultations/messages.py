"""What tells an officer that a question waits. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis.language import _
from contracts.regions import office_name
from kemenag.look import local_time

KIND = "consultation"


@dataclass(frozen=True)
class Wording:
    """A message about a question, as every channel can show it. No word of the question itself."""

    subject: str
    text: str
    short: str

    @classmethod
    def of(cls, content: Mapping[str, Any], public_url: str) -> "Wording":
        """Of what a delivery holds."""
        code, link = content["office"], f"{public_url}/intake/consultations"
        by = local_time(datetime.fromisoformat(content["answer_by"]), content["region"])
        late = bool(content["late"])
        subject = (
            _("Rukun: pertanyaan warga belum dijawab, {office}") if late else _("Rukun: ada pertanyaan warga, {office}")
        ).format(office=office_name(code))
        asked = _("Seorang warga bertanya kepada kantor Anda. Mereka menunggu jawaban sampai {by}.").format(by=by)
        if late:
            asked = _("Kantor di bawah Anda belum menjawabnya. Warga itu menunggu jawaban sampai {by}.").format(by=by)
        return cls(subject, f"{subject}\n\n{asked}\n\n{link}\n", f"{subject} ({by}). {link}")
