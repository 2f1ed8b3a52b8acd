"""Where a person may go: address, name, and the actions of which one is needed."""

from chassis.identity import Person
from kemenag.permissions import Action, may

_DESTINATIONS: list[tuple[str, str, tuple[Action, ...]]] = [
    ("/verification/", "Kasus", (Action.SEE_CASE,)),
    ("/notification/", "Peringatan", (Action.SEE_ALERTS,)),
    ("/escalation/", "Wilayah", (Action.SEE_LEVELS,)),
    ("/notification/directives", "Arahan", (Action.SEE_ALERTS,)),
    ("/intake/import", "Impor", (Action.IMPORT_REPORTS,)),
    ("/intake/identities", "Identitas", (Action.APPROVE_IDENTITY, Action.REQUEST_IDENTITY)),
    ("/notification/directory", "Direktori", (Action.EDIT_DIRECTORY,)),
    ("/integration/", "Mitra", (Action.MANAGE_PARTNERS, Action.SEE_OWN_PARTNER)),
    ("/verification/operators", "Operasi", (Action.OPERATE,)),
]
_PUBLIC = [("/intake/report", "Lapor"), ("/intake/track", "Lacak"), ("/intake/faq", "Tanya jawab")]


def destinations(person: Person | None) -> list[tuple[str, str]]:
    """Address and name of what somebody may open, the most used first."""
    if person is None:
        return list(_PUBLIC)
    return [(path, name) for path, name, actions in _DESTINATIONS if any(may(person, each) for each in actions)]
