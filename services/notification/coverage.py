"""Who would be called now for a place at a level, and where the ladder has holes. Pure."""

from dataclasses import dataclass

from contracts.regions import ancestry
from contracts.vocabulary import Rung
from services.notification.model import Contact, Directory, office_at
from services.notification.policy import FIELD, Policy

NOBODY, NO_HEAD, NO_CHANNEL, ONE_PERSON = "nobody", "no_head", "no_channel", "one_person"


@dataclass(frozen=True)
class Coverage:
    """One rung: its office, who is called there, whether at once, and what is wrong with it."""

    rung: Rung
    office: str
    people: list[Contact]
    at_once: bool
    hole: str | None


def coverage(region: str, directory: Directory, policy: Policy) -> list[Coverage]:
    """Every rung above a place, the nearest first."""
    offices = {rung: office for rung in Rung if (office := office_at(ancestry(region), rung))}
    return [_covered(rung, office, directory, policy) for rung, office in offices.items()]


def _covered(rung: Rung, office: str, directory: Directory, policy: Policy) -> Coverage:
    people = [each for each in directory.get(office, []) if each.role in FIELD]
    return Coverage(rung, office, people, rung in policy.rungs, _hole(people, policy))


def _hole(people: list[Contact], policy: Policy) -> str | None:
    entitled = [each for each in people if each.role in policy.takers]
    if not people:
        return NOBODY
    if not entitled:
        return NO_HEAD
    if policy.every_channel and not any(each.channels for each in entitled):
        return NO_CHANNEL
    return ONE_PERSON if len(entitled) == 1 else None
