"""What officials read, in the shape of each channel: alerts and requests to look, and directives. Pure."""

from dataclasses import dataclass
from typing import Any

from chassis.database import Document
from chassis.deliveries.delivery import Delivery
from chassis.language import N_, Labels, _, current
from contracts.events import Reason
from contracts.regions import region
from contracts.vocabulary import Level
from kemenag.labels import LEVEL_LABELS
from kemenag.levels import sentence
from services.notification.consultations import messages as consultations
from services.notification.directives import messages as directives
from services.notification.directives.model import Directive
from services.notification.duty import messages as duty
from services.notification.links import replies
from services.notification.links.tokens import BUTTON, buttons_of, token_of
from services.notification.model import CALL, OVER, REMINDER, UNANSWERED, Kind
from services.notification.settings import NotificationSettings

REPLY = "rukun.reply"
_LEADING = Labels(
    {
        REMINDER: N_("{level}, sudah Anda terima dan belum ada tindakan"),
        UNANSWERED: N_("{level}, tidak ada yang menjawab"),
        OVER: N_("{level}, sudah berakhir"),
    }
)
"""In the place of the level in the approved template of WhatsApp."""


@dataclass(frozen=True)
class Message:
    """One delivery, as every channel can show it."""

    subject: str
    text: str
    """The whole of it, with its link."""
    short: str
    """A line or two, with its link."""
    template: str
    parameters: tuple[str, ...]
    """WhatsApp's approved template, and what is filled in."""
    language: str
    """Of all of it; WhatsApp's template has to be approved in it."""
    kind: str
    buttons: tuple[str, ...]
    """What WhatsApp's buttons below it send back, where its template has some; also of what is not to be answered any
    more: a tap is replied to in what is true."""
    data: dict[str, Any]
    """Of a webhook."""


def directive_message(settings: NotificationSettings, delivery: Delivery, directive: Directive) -> Message:
    """What a delivery says of a directive."""
    link = f"{settings.public_url}/notification/directives/{delivery.about}"
    wording = directives.Wording.of(delivery.about, delivery.content["purpose"], directive, link)
    template, parameters = settings.whatsapp_directive_template, wording.parameters
    return Message(
        wording.subject,
        wording.text,
        wording.short,
        template,
        parameters,
        current(),
        "rukun.directive",
        (),
        wording.data,
    )


def reply_message(settings: NotificationSettings, _id: str, delivery: Delivery) -> Message:
    """What a delivery says of a tap on a button."""
    text = replies.text_of(
        delivery.content["outcome"], f"{settings.public_url}/notification/alerts/{delivery.content['of']}"
    )
    return Message(text, text, text, "", (), current(), REPLY, (), {})


def check_message(settings: NotificationSettings, id: str, _delivery: Delivery) -> Message:
    """What asks somebody whether messages come."""
    link = f"{settings.public_url}/notification/c/{token_of(id, settings.link_key)}"
    subject = _("Rukun: apakah pesan ini sampai?")
    text = _("Peringatan dini datang kepada Anda dengan cara ini. Buka dan tekan “Ya, sampai”: {link}").format(
        link=link
    )
    template = settings.whatsapp_check_template
    return Message(
        subject, f"{subject}\n\n{text}\n", f"{subject} {link}", template, (link,), current(), "rukun.check", (), {}
    )


def consultation_message(settings: NotificationSettings, _id: str, delivery: Delivery) -> Message:
    """What tells an office that somebody waits for its answer."""
    wording = consultations.Wording.of(delivery.content, settings.public_url)
    return Message(wording.subject, wording.text, wording.short, "", (), current(), "rukun.consultation", (), {})


def duty_message(settings: NotificationSettings, _id: str, delivery: Delivery) -> Message:
    """What tells somebody that they are on duty."""
    wording = duty.Wording.of(delivery.content, settings.public_url)
    template = settings.whatsapp_duty_template
    return Message(
        wording.subject, wording.text, wording.short, template, wording.parameters, current(), "rukun.duty", (), {}
    )


def message_of(settings: NotificationSettings, id: str, delivery: Delivery) -> Message:
    """What a delivery says of an alert, or a request to look. Where a tap answers it, the link is the recipient's own,
    and none of a machine's."""
    content = delivery.content
    page = _link(settings, content)
    answered = answers_by_link(content)
    token = token_of(id, settings.link_key)
    link = f"{settings.public_url}/notification/a/{token}" if answered else page
    details = [_("Rinciannya, sesudah masuk:") + f" {page}"] if answered else []
    subject, heading, button = _texts(content, region(content["region"]).name)
    exercise = "[" + _("LATIHAN") + "] " if content["exercise"] else ""
    reasons = sentence(content["region"], [Reason.model_validate(each) for each in content["reasons"]])
    template, parameters = _template(settings, content, exercise, link)
    # What it rested on is no news to those who read that it is over.
    rests_on = [reasons] if content.get("purpose") != OVER else []
    return Message(
        subject=exercise + subject,
        text="\n\n".join(
            [f"{exercise}{heading}\n{region(content['region']).path}", *rests_on, f"{button} {link}", *details]
        )
        + "\n",
        short=f"{exercise}{subject}. {button} {link}",
        template=template,
        parameters=parameters,
        language=current(),
        buttons=buttons_of(token_of(id, settings.link_key, BUTTON)),
        kind="rukun.look" if content.get("kind") == Kind.LOOK else "rukun.alert",
        data=_data(content) | {"sentence": exercise + reasons, "link": page},
    )


def _template(
    settings: NotificationSettings, content: Document, exercise: str, link: str
) -> tuple[str, tuple[str, ...]]:
    """The approved text cannot be changed: that it is an exercise stands in the first of what is filled in."""
    purpose, place = content.get("purpose", CALL), region(content["region"]).path
    if content.get("kind") == Kind.LOOK and purpose == CALL:
        return settings.whatsapp_look_template, (exercise + place, link)
    level = _LEADING.get(purpose, "{level}").format(level=level_of_call(content))
    return settings.whatsapp_template, (exercise + level, place, link)


def answers_by_link(content: Document) -> bool:
    """Whether a tap on its link answers a message: a call below Awas, where people sign in."""
    awas = content.get("kind") != Kind.LOOK and content["level"] == Level.AWAS
    return content.get("purpose", CALL) == CALL and not awas


def _data(content: Document) -> dict[str, Any]:
    data = {name: content[name] for name in ("alert_id", "level", "region", "exercise", "reasons")}
    return data | {"purpose": content.get("purpose", CALL)}


def level_of_call(content: Document) -> str:
    """The level in words; that it is a request to look, where it is no more."""
    if content.get("kind") == Kind.LOOK:
        return _("minta diperiksa")
    return f"{content['level']} {LEVEL_LABELS[Level(content['level'])]}"


def _link(settings: NotificationSettings, content: Document) -> str:
    """The page of what the delivery tells."""
    if content.get("purpose") == UNANSWERED:  # who runs the system sees no alerts, but may see whom to telephone
        return f"{settings.public_url}/notification/coverage?region={content['region']}&level={content['level']}"
    return f"{settings.public_url}/notification/alerts/{content['alert_id']}"


def _texts(content: Document, place: str) -> tuple[str, str, str]:
    """Subject, heading, and what stands before the link."""
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
    if content.get("purpose") == OVER:
        return (
            _("Rukun: peringatan di {place} sudah berakhir").format(place=place),
            _("Peringatan tingkat {level} sudah berakhir; tidak ada yang perlu Anda lakukan lagi").format(level=level),
            _("Apa yang terjadi:"),
        )
    return (
        _("Rukun: tingkat {level} di {place}").format(level=level, place=place),
        _("Peringatan tingkat {level}").format(level=level),
        _("Buka dan tekan “Saya terima”:"),
    )
