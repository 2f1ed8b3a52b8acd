"""Who may do what: one function. Roles give actions; region codes give the places where they hold."""

from collections.abc import Sequence
from enum import StrEnum

from chassis.identity import Person
from chassis.language import N_, Labels, _
from chassis.problems import Problem, not_found
from contracts.regions import region
from contracts.vocabulary import Provenance


class Action(StrEnum):
    """What can be done."""

    SEE_CASE = "see_case"
    HANDLE_CASE = "handle_case"
    VERIFY_CASE = "verify_case"
    IMPORT_REPORTS = "import_reports"
    SEE_LEVELS = "see_levels"
    SET_LEVEL = "set_level"
    SEE_ALERTS = "see_alerts"
    ACKNOWLEDGE = "acknowledge"
    ISSUE_DIRECTIVE = "issue_directive"
    EDIT_POLICY = "edit_policy"
    """To change who is called when, with a second official."""
    EDIT_DIRECTORY = "edit_directory"
    MANAGE_PARTNERS = "manage_partners"
    MANAGE_CLIENTS = "manage_clients"
    SEE_OWN_PARTNER = "see_own_partner"
    REQUEST_IDENTITY = "request_identity"
    APPROVE_IDENTITY = "approve_identity"
    READ_ACCESS_LOG = "read_access_log"
    PROTECT_DATA = "protect_data"
    RUN_EXERCISE = "run_exercise"
    WRITE_ARTICLES = "write_articles"
    """To write what the bot and the page answer."""
    PUBLISH_ARTICLES = "publish_articles"
    """To let everybody read what somebody else wrote."""
    BREAK_GLASS = "break_glass"
    """To read a case of another region in an emergency."""
    REVIEW_OUTSIDE = "review_outside"
    """To find afterwards whether that was needed."""
    OPERATE = "operate"


_FIELD = {
    Action.SEE_CASE,
    Action.HANDLE_CASE,
    Action.IMPORT_REPORTS,
    Action.SEE_LEVELS,
    Action.SEE_ALERTS,
    Action.ACKNOWLEDGE,
}
_LEAD = _FIELD | {
    Action.VERIFY_CASE,
    Action.SET_LEVEL,
    Action.REQUEST_IDENTITY,
    Action.BREAK_GLASS,
    Action.REVIEW_OUTSIDE,
}

_SUPERVISES = _LEAD | {
    Action.ISSUE_DIRECTIVE,
    Action.APPROVE_IDENTITY,
    Action.RUN_EXERCISE,
    Action.WRITE_ARTICLES,
}

ROLES: dict[str, frozenset[Action]] = {
    "penyuluh": frozenset(_FIELD - {Action.HANDLE_CASE}),
    "kepala_kua": frozenset(_LEAD),
    "kasi": frozenset(_LEAD | {Action.RUN_EXERCISE}),
    "kabid": frozenset(_SUPERVISES),
    "nasional": frozenset(_SUPERVISES | {Action.PUBLISH_ARTICLES, Action.EDIT_POLICY}),
    "admin": frozenset({Action.EDIT_DIRECTORY, Action.MANAGE_PARTNERS, Action.MANAGE_CLIENTS, Action.OPERATE}),
    "dpo": frozenset({Action.APPROVE_IDENTITY, Action.READ_ACCESS_LOG, Action.PROTECT_DATA, Action.REVIEW_OUTSIDE}),
    "mitra": frozenset({Action.SEE_OWN_PARTNER}),
}

ROLE_LABELS: Labels[str] = Labels(
    {
        "penyuluh": N_("Penyuluh"),
        "kepala_kua": N_("Kepala KUA"),
        "kasi": N_("Kasi Bimas Islam"),
        "kabid": N_("Kabid"),
        "nasional": N_("Pusat"),
        "admin": N_("Administrator"),
        "dpo": N_("Pejabat pelindungan data"),
        "mitra": N_("Sistem mitra"),
    }
)


def may(person: Person, action: Action, jurisdiction: Sequence[str] | None = None) -> bool:
    """Whether the person may do this, and, where a jurisdiction is given, may do it there."""
    allowed = any(action in ROLES.get(role, frozenset()) for role in person.roles)
    return allowed and (jurisdiction is None or not set(person.regions).isdisjoint(jurisdiction))


def require(person: Person, action: Action, jurisdiction: Sequence[str] | None = None) -> None:
    """Refuse: 404 for what lies in another's region (its existence stays hidden), 403 for what the role cannot."""
    if may(person, action, jurisdiction):
        return
    if jurisdiction is not None and set(person.regions).isdisjoint(jurisdiction):
        raise not_found()
    raise Problem(
        "forbidden", 403, _("Tidak berwenang"), _("Peran Anda tidak mencakup tindakan ini. Hubungi administrator.")
    )


def proof_of(person: Person | None) -> Provenance:
    """What a sign-in proves of somebody who reports."""
    if person is None:
        return Provenance.UNPROVEN
    return Provenance.OFFICER if may(person, Action.IMPORT_REPORTS) else Provenance.CLIENT


def within(person: Person, field: str = "state.jurisdiction") -> dict[str, object]:
    """The condition of every query: only what lies in the person's regions."""
    return {field: {"$in": list(person.regions)}}


def office_of(person: Person) -> str:
    """How records name somebody: by role and place, not by person; and always in the language of the house."""
    where = region(person.regions[0]).name if person.regions else ""
    return f"{ROLE_LABELS.sources.get(person.role, person.role)} {where}".strip()
