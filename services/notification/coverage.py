"""Who would be called now for a place at a level, and where the ladder has holes. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from contracts.regions import ancestry
from contracts.vocabulary import Rung
from services.notification.model import Contact, Directory, office_at
from services.notification.policy import FIELD, Policy
from services.notification.proofs.model import ASKED, Ways

NOBODY, NO_HEAD, NO_CHANNEL = "nobody", "no_head", "no_channel"
ONE_PERSON, UNPROVEN = "one_person", "unproven"
WEAK = (ONE_PERSON, UNPROVEN)
"""What holds, and may not when it is wanted."""


@dataclass(frozen=True)
class Coverage:
    """One rung: its office, who is called there, whether at once, and what is wrong with it, the worst first."""

    rung: Rung
    office: str
    people: list[Contact]
    at_once: bool
    holes: tuple[str, ...]


def coverage(region: str, directory: Directory, policy: Policy, ways: Ways) -> list[Coverage]:
    """Every rung above a place, the nearest first. `ways`: which channels are proven."""
    offices = {rung: office for rung in Rung if (office := office_at(ancestry(region), rung))}
    return [_covered(rung, office, directory, policy, ways) for rung, office in offices.items()]


def _covered(rung: Rung, office: str, directory: Directory, policy: Policy, ways: Ways) -> Coverage:
    people = [each for each in directory.get(office, []) if each.role in FIELD]
    return Coverage(rung, office, people, rung in policy.rungs, tuple(_holes(people, policy, ways)))


def _holes(people: list[Contact], policy: Policy, ways: Ways) -> Iterator[str]:
    entitled = [each for each in people if each.role in policy.takers]
    if not entitled:
        yield NO_HEAD if people else NOBODY
        return
    if policy.every_channel and not any(each.channels for each in entitled):
        yield NO_CHANNEL
    elif policy.every_channel and not any(_reached(each, ways) for each in entitled):
        yield UNPROVEN
    if len(entitled) == 1:
        yield ONE_PERSON


def _reached(contact: Contact, ways: Ways) -> bool:
    """Whether a channel of somebody is proven, or only a machine's, which nobody can ask."""
    own = ways.get(contact.id, {})
    return any(own.values()) or not any(each in ASKED for each in contact.channels)
