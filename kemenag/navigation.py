"""Where a person may go: address, name, and the actions of which one is needed."""

from chassis.identity import Person
from chassis.language import N_, _
from kemenag.permissions import Action, may

_DESTINATIONS: list[tuple[str, str, tuple[Action, ...]]] = [
    ("/verification/", N_("Kasus"), (Action.SEE_CASE,)),
    ("/notification/", N_("Peringatan"), (Action.SEE_ALERTS,)),
    ("/escalation/", N_("Wilayah"), (Action.SEE_LEVELS,)),
    ("/notification/directives", N_("Arahan"), (Action.SEE_ALERTS,)),
    ("/intake/consultations", N_("Pertanyaan"), (Action.HANDLE_CASE,)),
    ("/intake/import", N_("Impor"), (Action.IMPORT_REPORTS,)),
    ("/intake/exercise", N_("Latihan"), (Action.RUN_EXERCISE,)),
    ("/intake/knowledge", N_("Artikel"), (Action.WRITE_ARTICLES,)),
    ("/intake/identities", N_("Identitas"), (Action.APPROVE_IDENTITY, Action.REQUEST_IDENTITY)),
    ("/intake/privacy", N_("Data pribadi"), (Action.PROTECT_DATA,)),
    ("/notification/directory", N_("Direktori"), (Action.EDIT_DIRECTORY,)),
    ("/integration/", N_("Mitra"), (Action.MANAGE_PARTNERS, Action.SEE_OWN_PARTNER)),
    ("/intake/clients", N_("Klien API"), (Action.MANAGE_CLIENTS,)),
    ("/verification/operators", N_("Operasi"), (Action.OPERATE,)),
]
_PUBLIC = [("/intake/report", N_("Lapor")), ("/intake/track", N_("Lacak")), ("/intake/faq", N_("Tanya jawab"))]


def destinations(person: Person | None) -> list[tuple[str, str]]:
    """Address and name of what somebody may open, the most used first."""
    if person is None:
        return [(path, _(name)) for path, name in _PUBLIC]
    return [(path, _(name)) for path, name, actions in _DESTINATIONS if any(may(person, each) for each in actions)]
