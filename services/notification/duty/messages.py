"""What is sent to somebody who takes over. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis.language import _
from contracts.regions import office_name
from kemenag.look import local_time

KIND = "duty"


@dataclass(frozen=True)
class Wording:
    """A message about a turn, as every channel can show it."""

    subject: str
    text: str
    short: str
    parameters: tuple[str, ...]
    """Of WhatsApp's template: the office, until when, the link."""

    @classmethod
    def of(cls, content: Mapping[str, Any], public_url: str) -> "Wording":
        """Of what a delivery holds."""
        code = content["office"]
        office, link = office_name(code), f"{public_url}/notification/duty?office={code}"
        begins, ends = (local_time(datetime.fromisoformat(content[each]), code) for each in ("begins", "ends"))
        subject = _("Rukun: Anda piket di {office}").format(office=office)
        when = _(
            "Mulai {begins} sampai {ends} permintaan memeriksa laporan datang ke telepon Anda lebih dahulu."
        ).format(begins=begins, ends=ends)
        button = _("Bila Anda tidak bisa, alihkan di sini:")
        return cls(
            subject, f"{subject}\n\n{when}\n\n{button} {link}\n", f"{subject} {ends}. {link}", (office, ends, link)
        )
