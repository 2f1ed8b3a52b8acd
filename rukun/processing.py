"""The register of processing (UU 27/2022, Pasal 31): what each service stores, of whom, why, and for how long.

It is made from what the services declare: a collection that is not described here, or is described and gone, fails
`make check`. Times come from the settings that the jobs use.
"""

from collections.abc import Iterator
from typing import NamedTuple

from chassis.foundation import Foundation
from contracts.topics import SERVICES
from rukun.services import module_of, settings_of
from services.intake.settings import IntakeSettings


class Use(NamedTuple):
    """One processing. Empty `of`: nobody's personal data."""

    stores: str
    of: str = ""
    purpose: str = ""
    retained: str = ""


_NOTICE = "reporters, with consent"
_OFFICIALS = "officials"
_CASES = "the public task of the ministry: to prevent and settle conflicts"
_WHILE = "while the case is needed; the ministry's archive schedule decides"


def _days(setting: str) -> str:
    field = IntakeSettings.model_fields[setting]
    return f"{field.default} days after the case has ended (`{field.validation_alias}`)"


_EVERY_SERVICE: dict[str, Use] = {
    "ended_sessions": Use("which sessions are over, by hashes", _OFFICIALS, "signing out", "the length of a session"),
}
_LIMITED = Use(
    "how often somebody did something, by keyed hashes", "who asks", "against floods and guessing", "a day at most"
)
"""The chassis's own; operational collections of it (leases, dead letters, quarantine) hold what their sources hold."""
REGISTER: dict[str, dict[str, Use]] = {
    "intake": {
        "rate_limits": _LIMITED,
        "reports": Use(
            "what was reported; numbers and addresses sealed",
            "reporters and people named",
            _CASES,
            _days("retention_text_days"),
        ),
        "identities": Use("name, contact, consent; sealed", _NOTICE, "asking back", _days("retention_identity_days")),
        "attachments": Use(
            "photos and videos without metadata, voices, pages of documents; sealed",
            "people shown, heard and named",
            _CASES,
            _days("retention_photo_days"),
        ),
        "consultations": Use(
            "questions to officers and their answers; sealed", "who asks by chat", "to answer them", "180 days"
        ),
        "chat_photos": Use("sealed ids of files to fetch", "reporters by chat", _CASES, "until they are fetched"),
        "mail_files": Use("sealed files of mails", "people who write by e-mail", "answering", "8 days"),
        "sms_parts": Use("sealed parts of short messages", "people who write by chat", "answering", "8 days"),
        "conversations": Use(
            "sealed conversations",
            "people who write by chat",
            "answering",
            "8 days; the address as long as the name of a report that came by it",
        ),
        "inbound": Use("sealed messages", "people who write by chat", "answering", "8 days"),
        "replies": Use("sealed replies", "people who write by chat", "answering", "8 days"),
        "imports": Use(
            "sealed files of reports and what is shown of them", "reporters and people named", _CASES, "2 days"
        ),
        "articles": Use(
            "what is answered to questions, with who wrote and published it", _OFFICIALS, "accountability", _WHILE
        ),
        "questions": Use("sealed questions without an answer, of nobody", "", "writing answers", "90 days"),
        "identity_requests": Use("who asked to see an identity, and why", _OFFICIALS, "accountability", _WHILE),
        "access_log": Use("who saw identities and files; sealed", _OFFICIALS, "accountability", _WHILE),
        "breaches": Use("breaches of personal data and what was done", "", "duty to inform (Pasal 46)", _WHILE),
        "clients": Use("programs that post reports; hashes of their keys"),
        "retention_runs": Use("what the retention job did"),
        "delivery_statuses": Use("what became of deliveries, by their ids"),
        "offices": Use("how many officials an office has"),
        "checkpoints": Use("signed heads of chains"),
    },
    "verification": {
        "rate_limits": _LIMITED,
        "cases": Use("cases: assessments, decisions, outcomes", "people named", _CASES, _WHILE),
        "timeline": Use("steps of cases, by office", "people named", _CASES, _WHILE),
        "members": Use("which report belongs to which case"),
        "reports": Use("reports, numbers and addresses masked", "people named", _CASES, _WHILE),
        "documents": Use("documents of cases as they were issued", "people named", _CASES, _WHILE),
        "outside_accesses": Use(
            "who read a case of another region, and why; sealed", _OFFICIALS, "accountability", _WHILE
        ),
        "feedback": Use("what reporters said of an end, as codes"),
        "floods": Use("places with many unproven reports, as numbers"),
        "reads": Use("who read a case; sealed", _OFFICIALS, "accountability", _WHILE),
        "checkpoints": Use("signed heads of chains"),
    },
    "escalation": {
        "cases": Use("levels of cases"),
        "looks": Use("requests to look, by place and hour"),
        "kabupaten": Use("levels of areas"),
        "reliability": Use(
            "pseudonyms of senders whose reports were found to be hoaxes", "reporters by chat", _CASES, "180 days"
        ),
        "report_log": Use("pseudonyms of sources, to count voices", "reporters", "early warning", "as the rounds"),
        "rounds": Use("rounds of scores, by pseudonyms", "reporters", "early warning", "for ever, to replay"),
        "snapshots": Use("states of the scores"),
        "words": Use("levels set by officials, with their reasons", _OFFICIALS, _CASES, _WHILE),
        "parameters": Use("parameters of the early warning"),
    },
    "notification": {
        "rate_limits": _LIMITED,
        "officials": Use("name, post, addresses", _OFFICIALS, "calling them", "until removed from the directory"),
        "offices": Use("how many officials an office has"),
        "alerts": Use("alerts, who was called, who answered", _OFFICIALS, _CASES, _WHILE),
        "deliveries": Use("what was sent to whom", _OFFICIALS, _CASES, _WHILE),
        "directives": Use("directives"),
        "receipts": Use("which office received, read, did", _OFFICIALS, _CASES, _WHILE),
        "session_endings": Use("hashes of ended sessions", _OFFICIALS, "signing out", "the length of a session"),
        "proofs": Use("by which channels officials have answered", _OFFICIALS, _CASES, "a year"),
        "ladders": Use("who is called when, as officials wrote and approved it"),
        "rosters": Use(
            "who of an office is on duty when", _OFFICIALS, "calling the right one", "until they are changed"
        ),
        "absences": Use("who is away, and who stands in", _OFFICIALS, "calling the right one", "until it is over"),
        "subjects": Use("what the cases of alerts are called"),
        "imports": Use("files of the directory", _OFFICIALS, "calling them", "until they are read"),
    },
    "integration": {
        "rate_limits": _LIMITED,
        "partners": Use("partner systems, their keys and addresses"),
        "cases": Use("public cases: no words of reporters"),
        "feed": Use("public events"),
        "feed_waiting": Use("public events that wait for their number"),
        "deliveries": Use("what was sent to partners"),
        "alerts": Use("alerts for CAP"),
    },
}


def stored(service: str) -> set[str]:
    """The collections that a service declares."""
    foundation: Foundation = module_of(service).build(settings_of(service)).state.foundation
    return foundation.stored


def faults() -> Iterator[str]:
    """Where the register and the services differ, a line each."""
    for service in SERVICES:
        described, declared = {*REGISTER[service], *_EVERY_SERVICE}, stored(service)
        yield from (f"rukun/processing.py: {service}.{each} is not described" for each in sorted(declared - described))
        yield from (f"rukun/processing.py: {service}.{each} is gone" for each in sorted(described - declared))


def document() -> str:
    """The register as a page."""
    lines = [
        "# Register of processing\n\nMade by `make contracts`; do not edit. What is stored, of whom, why, and for how "
        "long (UU 27/2022, Pasal 31). Who reads it: [security](security.md). Where nobody is named, nobody's personal "
        "data is stored.\n"
    ]
    for service in SERVICES:
        lines += [
            f"## {service}\n",
            "| collection | stores | of | purpose | retained |",
            "| --- | --- | --- | --- | --- |",
        ]
        uses = {**REGISTER[service], **_EVERY_SERVICE}
        lines += [f"| `{name}` | {' | '.join(each or '–' for each in use)} |" for name, use in uses.items()]
        lines.append("")
    return "\n".join(lines)
