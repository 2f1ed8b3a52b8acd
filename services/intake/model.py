"""Reports: what may be sent, what is stored, and what is published of them. Pure."""

import hashlib
import hmac
import os
import re
from base64 import b32encode, urlsafe_b64encode
from datetime import datetime
from typing import Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator, model_validator

from chassis.language import _
from chassis.masking import mask
from chassis.problems import Problem
from contracts.base import Event
from contracts.events import UNKNOWN_SOURCE, IdentityErased, People, Point, ReportSubmitted, ReportSupplemented
from contracts.regions import RegionCode, is_in_the_country, jurisdiction
from contracts.vocabulary import Act, Category, Channel, Outcome, Provenance, ReporterKind, Status, Supplement, Verdict

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U, so that a ticket can be read out on the phone."""


class Reporter(BaseModel):
    """Who reports. Contact and name are sealed apart; consent names the notice it was given to."""

    model_config = ConfigDict(extra="forbid")

    kind: ReporterKind
    name: str | None = Field(default=None, max_length=200)
    contact: str | None = Field(default=None, max_length=200)
    consent: str | None = Field(default=None, max_length=40, description="Version of the privacy notice agreed to")

    @model_validator(mode="after")
    def _has_consent(self) -> Self:
        named = self.kind is ReporterKind.CITIZEN and (self.name or self.contact)
        if named and not self.consent:
            raise ValueError(_("nama dan kontak hanya disimpan dengan persetujuan; sertakan consent"))
        return self


class ReportForm(BaseModel):
    """A report as a channel sends it."""

    model_config = ConfigDict(extra="forbid")

    region: RegionCode
    categories: list[Category] = Field(min_length=1, max_length=14)
    narrative: str = Field(min_length=3, max_length=10_000)
    reporter: Reporter
    place: str | None = Field(default=None, max_length=300)
    point: Point | None = None
    occurred_at: AwareDatetime | None = None
    planned_at: AwareDatetime | None = None
    acts: list[Act] = Field(default_factory=list, max_length=15)
    people: People = People()
    ongoing: bool = False
    concerns_office: RegionCode | None = Field(
        default=None, description="Region code of the office the report is about; that office will not see it"
    )
    exercise: bool = False

    @field_validator("occurred_at", "planned_at")
    @classmethod
    def _in_living_memory(cls, moment: datetime | None) -> datetime | None:
        if moment is not None and not 1950 <= moment.year <= 2100:
            raise ValueError(_("tahunnya di luar 1950 sampai 2100"))
        return moment

    @field_validator("point")
    @classmethod
    def _is_in_the_country(cls, point: Point | None) -> Point | None:
        if point is not None and not is_in_the_country(point.lat, point.lng):
            raise ValueError(_("titik ini di luar Indonesia"))
        return point

    @field_validator("narrative")
    @classmethod
    def _has_narrative(cls, text: str) -> str:
        if len(text.strip()) < 3:
            raise ValueError(_("ceritakan sedikitnya satu kalimat"))
        return text.strip()


class ReporterMessage(BaseModel):
    """What somebody working on the case told or asked the reporter, and the answer."""

    message_id: str
    text: str
    expects_answer: bool
    at: AwareDatetime
    answer: str | None = None
    answered_at: AwareDatetime | None = None
    undelivered: str | None = None
    """Why it has not reached them by chat (`waits`, `gone`, `stopped`, `failed`); it is on the tracking page."""


class Original(BaseModel):
    """A text as it was written, sealed, as masking took something out of it. `of`: `narrative`, `place`, or the id of
    an answer or of what was added."""

    of: str
    at: AwareDatetime
    sealed: bytes
    key: bytes
    key_id: str


class Hold(BaseModel):
    """A report whose data must not be destroyed, as a court or an investigation needs it."""

    reason: str
    by: str
    """Who placed it, sealed."""
    at: AwareDatetime
    until: AwareDatetime


MOST_ADDED = 20
_OF_END = (Supplement.HELPED, Supplement.STILL_CALM, Supplement.RECURRED, Supplement.OBJECTION)
_OF_CONTACT = (Supplement.NO_CONTACT, Supplement.CONTACT_AGAIN)


class Added(BaseModel):
    """What the reporter added by themselves."""

    id: str
    kind: Supplement
    text: str
    at: AwareDatetime


class DeliveryStatus(BaseModel):
    """The latest that a channel reported of another service's delivery."""

    status: str | None = None
    at: AwareDatetime
    taps: list[str] = []
    """Of a message with buttons: which taps were passed on."""


class Report(BaseModel):
    """A report as intake stores it: without the reporter."""

    ticket: str
    channel: Channel
    region: str
    jurisdiction: tuple[str, ...]
    received_at: AwareDatetime
    form: dict[str, object]
    """What was filled in, without the reporter; texts masked. As it was written by a release before this one."""
    digest: str
    conversation: str | None = None
    case_id: str | None = None
    status: Status | None = None
    verdict: Verdict | None = None
    outcome: Outcome | None = None
    because: str = ""
    """Why it is in another case than at first: `merged`, `moved`, `split`."""
    joined_at: AwareDatetime | None = None
    """When it joined the case that it is in."""
    messages: list[ReporterMessage] = []
    added: list[Added] = []
    attachments: tuple[str, ...] = ()
    originals: list[Original] = []
    ended_at: AwareDatetime | None = None
    """When its case was closed, where it is; the retention job sets it where a release before this one did not."""
    asked_back_at: AwareDatetime | None = None
    """When its reporter was asked whether it came back."""
    hold: Hold | None = None
    identity_erased_at: AwareDatetime | None = None
    destroyed: dict[str, AwareDatetime] = {}
    """Classes of its data whose time is over, each with when that was dealt with (`privacy/retention.py`)."""

    def is_on_hold(self, at: datetime) -> bool:
        """Whether nothing of it may be destroyed."""
        return self.hold is not None and self.hold.until > at

    def open_question(self, message_id: str) -> ReporterMessage | None:
        """The question with this id, if it still waits for an answer."""
        waiting = (each for each in self.messages if each.expects_answer and each.answer is None)
        return next((each for each in waiting if each.message_id == message_id), None)


def make_ticket(randomness: bytes) -> str:
    """A ticket for people: seven random characters and a check character, `7K3M-9QXD`. Takes 5 random bytes."""
    value = int.from_bytes(randomness[:5], "big")
    body = "".join(_LETTERS[value >> shift & 31] for shift in range(30, -1, -5))
    ticket = body + _check(body)
    return f"{ticket[:4]}-{ticket[4:]}"


def read_ticket(text: str) -> str | None:
    """The ticket that somebody typed or spoke, in its proper form; None if the check character says no."""
    plain = text.upper().replace("-", "").replace(" ", "")
    plain = plain.replace("O", "0").replace("I", "1").replace("L", "1")
    if len(plain) != 8 or any(each not in _LETTERS for each in plain) or _check(plain[:7]) != plain[7]:
        return None
    return f"{plain[:4]}-{plain[4:]}"


def ticket_in(text: str) -> str | None:
    """The ticket that a message is, or has in its midst: in its form, or eight letters with a digit among them."""
    if whole := read_ticket(text):
        return whole
    for word in re.findall(r"(?<![0-9A-Za-z-])[0-9A-Za-z]{4}-?[0-9A-Za-z]{4}(?![0-9A-Za-z-])", text):
        if ("-" in word or any(each.isdigit() for each in word)) and (found := read_ticket(word)):
            return found
    return None


def _check(body: str) -> str:
    """Luhn's algorithm in base 32: finds every single wrong character and nearly every swap of neighbours."""
    total = 0
    for place, letter in enumerate(reversed(body)):
        doubled = _LETTERS.index(letter) * (2 if place % 2 == 0 else 1)
        total += doubled // 32 + doubled % 32
    return _LETTERS[-total % 32]


def receipt_of(report_id: str, key: bytes) -> str:
    """The secret that only the reporter gets; derived, so that a repeated request gets the same one."""
    made = hmac.new(key, f"receipt:{report_id}".encode(), hashlib.sha256).digest()
    return urlsafe_b64encode(made[:15]).decode()


def pseudonym(sender: str | None, key: bytes) -> str:
    """Equal for equal senders and meaningless outside. Unknown senders share one, as nobody can tell them apart."""
    if sender is None:
        return UNKNOWN_SOURCE
    made = hmac.new(key, f"sender:{sender}".encode(), hashlib.sha256).digest()
    return b32encode(made[:10]).decode().lower()


def random_source() -> str:
    """A source that no other report has, in the shape of a pseudonym."""
    return b32encode(os.urandom(10)).decode().lower()


def digest_of(body: bytes) -> str:
    """Fingerprint of a request, to notice an idempotency key used for something else."""
    return hashlib.sha256(body).hexdigest()


def masked(form: ReportForm) -> ReportForm:
    """The form with numbers and addresses in its texts masked."""
    return form.model_copy(
        update={"narrative": mask(form.narrative), "place": mask(form.place) if form.place else None}
    )


def submitted(
    report_id: str,
    report: Report,
    form: ReportForm,
    source: str,
    provenance: Provenance,
    attachments: tuple[str, ...],
    can_be_asked: bool,
    history: bool = False,
) -> ReportSubmitted:
    """What is published of a masked form: nothing of the reporter but the kind."""
    return ReportSubmitted(
        at=report.received_at,
        report_id=report_id,
        region=report.region,
        ticket=report.ticket,
        channel=report.channel,
        source=source,
        reporter_kind=form.reporter.kind,
        provenance=provenance,
        can_be_asked=can_be_asked,
        jurisdiction=report.jurisdiction,
        categories=tuple(dict.fromkeys(form.categories)),
        narrative=form.narrative,
        acts=tuple(dict.fromkeys(form.acts)),
        people=form.people,
        place=form.place,
        point=form.point,
        occurred_at=form.occurred_at,
        planned_at=form.planned_at,
        ongoing=form.ongoing,
        attachments=attachments,
        exercise=form.exercise,
        concerns_office=form.concerns_office,
        history=history,
    )


def new_report(
    form: ReportForm,
    channel: Channel,
    ticket: str,
    digest: str,
    conversation: str | None,
    at: AwareDatetime,
    attachments: tuple[str, ...] = (),
) -> Report:
    """A report as it is first stored, of a masked form."""
    return Report(
        ticket=ticket,
        channel=channel,
        region=form.region,
        jurisdiction=jurisdiction(form.region, form.concerns_office),
        received_at=at,
        form=form.model_dump(exclude={"reporter"}),
        digest=digest,
        conversation=conversation,
        attachments=attachments,
    )


def erase_identity(report_id: str, report: Report, at: AwareDatetime) -> list[Event] | None:
    """The reporter has name and contact destroyed: nothing leads to them any more, their conversation included."""
    if report.identity_erased_at is not None:
        return None
    report.identity_erased_at, report.conversation = at, None
    return [IdentityErased(at=at, report_id=report_id, region=report.region)]


def drop_originals(report: Report) -> None:
    """Leave what was written as the others know it. What an earlier release stored as it was written is masked now."""
    report.originals = []
    for name in ("narrative", "place"):
        if isinstance(text := report.form.get(name), str):
            report.form[name] = mask(text)
    for message in report.messages:
        message.answer = mask(message.answer) if message.answer else message.answer
    for added in report.added:
        added.text = mask(added.text)


def answer(
    report_id: str, report: Report, question: ReporterMessage, text: str, at: AwareDatetime
) -> ReportSupplemented:
    """The reporter answers a question."""
    question.answer, question.answered_at = mask(text), at
    return ReportSupplemented(
        at=at,
        report_id=report_id,
        region=report.region,
        supplement_id=f"answer:{question.message_id}",
        question_id=question.message_id,
        text=mask(text),
    )


def undelivered(report_id: str, report: Report, message_id: str, why: str, at: AwareDatetime) -> list[Event] | None:
    """What an officer wrote does not reach the reporter by chat; each reason is told once."""
    message = next((each for each in report.messages if each.message_id == message_id), None)
    if message is None or message.undelivered == why:
        return None
    message.undelivered = why
    return [
        ReportSupplemented(
            at=at,
            report_id=report_id,
            region=report.region,
            supplement_id=f"undelivered:{message_id}:{why}",
            question_id=message_id,
            kind=Supplement.UNDELIVERED,
            text=why,
        )
    ]


def _is_known(report: Report, kind: Supplement) -> bool:
    """Whether what can be told once was told: that they want no word, or that it helped."""
    if kind in _OF_CONTACT:
        return no_contact(report) is (kind is Supplement.NO_CONTACT)
    ended = report.ended_at  # what was said of an end before this one is another's
    same = [each for each in report.added if each.kind is kind and (ended is None or each.at > ended)]
    return kind in (Supplement.HELPED, Supplement.STILL_CALM) and bool(same)


def no_contact(report: Report) -> bool:
    """Whether they want no word about it: what they said of that last."""
    wishes = [each.kind for each in report.added if each.kind in _OF_CONTACT]
    return bool(wishes) and wishes[-1] is Supplement.NO_CONTACT


def _require_end(report: Report, kind: Supplement) -> None:
    """What is about an end needs one; there is one objection to a report."""
    if kind not in _OF_END:
        return
    if report.outcome is None:
        detail = _("Tambahkan keterangan, supaya petugas mengetahuinya.")
        raise Problem("not-ended", 409, _("Laporan ini masih ditangani"), detail)
    if kind is Supplement.OBJECTION and kind in {each.kind for each in report.added}:
        detail = _("Tambahkan keterangan; petugas membacanya juga.")
        raise Problem("objected-already", 409, _("Keberatan atas laporan ini sudah diajukan"), detail)


def add(report_id: str, report: Report, added: Added) -> list[Event] | None:
    """The reporter adds something by themselves; once by its id. 422 where there is no end of it."""
    if added.id in {each.id for each in report.added} or _is_known(report, added.kind):
        return None
    _require_end(report, added.kind)
    if len(report.added) >= MOST_ADDED and added.kind not in _OF_CONTACT:
        raise Problem(
            "too-many-additions",
            422,
            _("Terlalu banyak tambahan"),
            _("Laporan ini sudah ditambah {most} kali. Buat laporan baru.").format(most=MOST_ADDED),
        )
    report.added.append(added.model_copy(update={"text": mask(added.text)}))
    return [
        ReportSupplemented(
            at=added.at,
            report_id=report_id,
            region=report.region,
            supplement_id=f"added:{added.id}",
            kind=added.kind,
            text=mask(added.text),
        )
    ]
