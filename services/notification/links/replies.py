"""What somebody reads who tapped a button: at once, and what is true of it. Pure."""

from datetime import datetime

from chassis.deliveries.delivery import Delivery
from chassis.language import N_, Labels, _
from services.notification.model import Alert, Kind, State

KIND = "reply"
TAKEN, LOOKING, NOTED, REFUSED = "taken", "looking", "noted", "refused"
_SAID: Labels[str] = Labels(
    {
        TAKEN: N_("Terima kasih. Peringatan ini sekarang Anda tangani; catat tindakan pertama pada kasusnya."),
        LOOKING: N_("Terima kasih. Catat apa yang Anda temukan pada kasusnya."),
        NOTED: N_("Terima kasih, tercatat."),
        REFUSED: N_("Tercatat. Pejabat berikutnya dihubungi sekarang."),
        "alert-acknowledged": N_("Peringatan ini sudah diterima."),
        "alert-ended": N_("Peringatan ini sudah digantikan atau kasusnya ditutup."),
        "not-entitled": N_(
            "Mulai tingkat Siaga, peringatan diterima oleh kepala KUA, kasi, kabid, atau pusat. "
            "Sampaikan kepada atasan Anda sekarang juga."
        ),
        "promise-broken": N_(
            "Anda pernah menerimanya dan belum ada tindakan. Catat tindakan pada kasusnya, atau minta kantor lain."
        ),
        "not-asked": N_("Anda sudah menjawab, atau kantor Anda belum dihubungi."),
        "sign-in-needed": N_("Pada tingkat Awas Anda perlu masuk dahulu, lalu tekan “Saya terima”."),
        "link-over": N_("Pesan ini tidak berlaku lagi. Masuk dengan akun Anda untuk melihat peringatannya."),
    }
)


def taken_as(alert: Alert) -> str:
    """What became of it that somebody took it: it is theirs, or waits for another office."""
    if alert.state is not State.ACKNOWLEDGED:
        return NOTED
    return LOOKING if alert.kind is Kind.LOOK else TAKEN


def said(outcome: str) -> str:
    """An outcome in words."""
    return _SAID.get(outcome) or _("Jawaban Anda tidak dapat dicatat.")


def reply_of(official: str, channel: str, alert_id: str, outcome: str, at: datetime) -> Delivery:
    """The reply to a tap. It tells of the tap, and is true though the alert is over."""
    return Delivery(
        channel=channel,
        destination=official,
        recipient=official,
        content={"kind": KIND, "outcome": outcome, "of": alert_id},
        priority=0,
        created_at=at,
        due_at=at,
    )


def text_of(outcome: str, link: str) -> str:
    """The reply in words."""
    return f"{said(outcome)}\n\n{link}"
