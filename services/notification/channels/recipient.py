"""What every channel asks first: who gets it, where, and whether it still matters."""

from collections.abc import Callable

from chassis.database import Document
from chassis.deliveries.channel import Undelivered
from chassis.deliveries.delivery import Delivery
from chassis.language import _
from contracts.vocabulary import Level
from kemenag.labels import LEVEL_LABELS
from services.notification.model import CALL, REMINDER, UNANSWERED, Kind, Official
from services.notification.settings import NotificationSettings
from services.notification.store import Store


async def address_of(store: Store, delivery: Delivery, address: Callable[[Official], str | None]) -> str:
    """The recipient's address now. Who is no longer listed, or an alert that is over, is not called any more."""
    official = await store.official(delivery.recipient)
    found = address(official) if official else None
    if not found:
        raise Undelivered("not_listed", final=True)
    if not await store.is_true(delivery):
        raise Undelivered("alert_ended", final=True)
    return found


def level_of_call(content: Document) -> str:
    """The level in words; that it is a request to look, where it is no more."""
    if content.get("kind") == Kind.LOOK:
        return _("minta diperiksa")
    return f"{content['level']} {LEVEL_LABELS[Level(content['level'])]}"


def link_to(settings: NotificationSettings, delivery: Delivery) -> str:
    """The page of what the delivery tells."""
    content = delivery.content
    if content.get("purpose") == UNANSWERED:  # who runs the system sees no alerts, but may see whom to telephone
        return f"{settings.public_url}/notification/coverage?region={content['region']}&level={content['level']}"
    return f"{settings.public_url}/notification/alerts/{content['alert_id']}"


def texts_of(content: Document, place: str) -> tuple[str, str, str]:
    """Of a message in words: its subject, its heading, and what stands before the link."""
    if content.get("kind") == Kind.LOOK and content.get("purpose", CALL) == CALL:
        return (
            _("Rukun: mohon periksa kabar di {place}").format(place=place),
            _("Permintaan memeriksa, bukan peringatan"),
            _("Buka dan tekan “Saya periksa”:"),
        )
    level = level_of_call(content)
    if content.get("purpose") == UNANSWERED:
        return (
            _("Rukun: tidak ada yang menjawab di {place}").format(place=place),
            _("Semua pejabat sudah dihubungi dan tidak ada yang menjawab: tingkat {level}").format(level=level),
            _("Hubungi mereka dengan cara lain. Rinciannya:"),
        )
    if content.get("purpose") == REMINDER:
        return (
            _("Rukun: belum ada tindakan di {place}").format(place=place),
            _("Kantor Anda sudah menerima peringatan tingkat {level}; belum ada tindakan yang tercatat").format(
                level=level
            ),
            _("Catat tindakan pertama pada kasusnya; sesudah itu pemanggilan berhenti:"),
        )
    return (
        _("Rukun: tingkat {level} di {place}").format(level=level, place=place),
        _("Peringatan tingkat {level}").format(level=level),
        _("Buka dan tekan “Saya terima”:"),
    )
