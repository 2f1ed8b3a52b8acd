"""The ways to officials, a file each: `NAME`, `LABEL`, `address(official)` and `Sender`, which sends one delivery.

A new channel is a new file and its name here.
"""

from collections.abc import Callable
from typing import Protocol

from chassis.deliveries.channel import Channel
from chassis.language import N_, Labels
from services.notification.channels import email, sms, webhook, whatsapp
from services.notification.model import Official
from services.notification.settings import NotificationSettings
from services.notification.store import Store


class Module(Protocol):
    """What a channel's file holds."""

    NAME: str
    LABEL: str
    Sender: Callable[[Store, NotificationSettings], Channel]

    @staticmethod
    def address(official: Official) -> str | None:
        """Where this official is reached; None where not."""
        ...


CHANNELS = (email, whatsapp, sms, webhook)
LABELS = Labels({"inbox": N_("Kotak masuk"), **{each.NAME: each.LABEL for each in CHANNELS}})


def addresses(official: Official) -> dict[str, str]:
    """Where an official is reached, by channel."""
    return {each.NAME: found for each in CHANNELS if (found := each.address(official))}


def reachable(official: Official) -> tuple[str, ...]:
    """The channels by which an official can be reached."""
    return tuple(addresses(official))


def senders(store: Store, settings: NotificationSettings) -> list[Channel]:
    """One of each, for the delivery engine."""
    return [each.Sender(store, settings) for each in CHANNELS]
