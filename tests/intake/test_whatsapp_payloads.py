"""Webhook payloads of every shape survive."""

import hashlib
import hmac
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.channels.whatsapp import answers, genuine, messages, outbound, read_message
from services.intake.dialogue.model import Inbound

OURS = "62810000000"

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["entry", "changes", "value", "messages", "contacts", "type", "text", "id", "from", "body"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


def payload(*given: dict[str, Any], contacts: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    value: dict[str, Any] = {"messages": list(given), "contacts": contacts or []}
    return {"object": "whatsapp_business_account", "entry": [{"id": "0", "changes": [{"value": value}]}]}


def one(**message: Any) -> Any:
    return next(iter(messages(payload({"id": "wamid.1", "from": "6281000000001", **message}), OURS)))


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ({"type": "text", "text": {"body": "halo"}}, "text"),
        ({"type": "image", "image": {"id": "1"}}, "photo"),
        ({"type": "image", "image": {}}, "media"),
        ({"type": "image", "image": {"id": "1", "caption": "lihat"}}, "text"),
        ({"type": "video", "video": {}}, "media"),
        ({"type": "video", "video": {"id": "1"}}, "video"),
        ({"type": "video", "video": {"id": "1", "caption": "lihat"}}, "text"),
        ({"type": "document", "document": {"id": "1", "mime_type": "application/pdf"}}, "document"),
        ({"type": "document", "document": {"id": "1", "mime_type": "image/jpeg; x=y"}}, "photo"),
        ({"type": "document", "document": {"id": "1", "mime_type": "video/quicktime"}}, "video"),
        ({"type": "document", "document": {"id": "1", "mime_type": "application/zip"}}, "media"),
        ({"type": "document", "document": {"id": "1"}}, "media"),
        ({"type": "sticker", "sticker": {"id": "1"}}, "media"),
        ({"type": "audio", "audio": {"voice": True}}, "media"),
        ({"type": "document", "document": {}}, "media"),
        ({"type": "sticker", "sticker": {}}, "media"),
        ({"type": "location", "location": {"latitude": -6.2, "longitude": 106.8}}, "location"),
        ({"type": "location", "location": {"latitude": "north"}}, "unknown"),
        ({"type": "contacts", "contacts": [{}]}, "unknown"),
        (
            {
                "type": "interactive",
                "interactive": {"type": "button_reply", "button_reply": {"id": "lapor", "title": "L"}},
            },
            "choice",
        ),
        (
            {"type": "interactive", "interactive": {"type": "list_reply", "list_reply": {"id": "x", "title": "X"}}},
            "choice",
        ),
        ({"type": "interactive", "interactive": {"type": "nfm_reply", "nfm_reply": {"response_json": "{}"}}}, "choice"),
        ({"type": "button", "button": {"payload": "lapor", "text": "Lapor"}}, "choice"),
        ({"type": "reaction", "reaction": {"message_id": "x"}}, "quiet"),
        ({"type": "order", "order": {}}, "unknown"),
        ({"type": "system", "system": {}}, "quiet"),
        ({"type": "unsupported", "errors": [{"code": 131051}]}, "unknown"),
        ({"type": "edit", "edit": {}}, "quiet"),
        ({"type": "edit", "edit": {"original_message_id": "wamid.0", "message": "x"}}, "quiet"),
        ({"type": "revoke", "revoke": {}}, "quiet"),
        ({"type": "revoke", "revoke": {"original_message_id": "wamid.0"}}, "revoke"),
        ({"type": "audio", "audio": {"id": "1", "voice": True}}, "voice"),
        ({"type": "audio", "audio": {"id": "1", "mime_type": "audio/ogg; codecs=opus"}}, "voice"),
        ({"type": "audio", "audio": {"id": "1", "mime_type": "audio/mp4"}}, "media"),
        ({"type": "something_new_in_2027"}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_every_type_becomes_a_message(message: dict[str, Any], kind: str) -> None:
    assert one(**message).kind == kind


def test_person_without_a_phone_number_is_known_by_user_id() -> None:
    given = payload(
        {"id": "wamid.1", "type": "text", "text": {"body": "x"}}, contacts=[{"user_id": "ID.1349", "profile": {}}]
    )
    found = next(iter(messages(given, OURS)))
    assert (found.person, found.address) == ("ID.1349", "ID.1349")
    assert outbound(found.address, {"text": "y"})["recipient"] == "ID.1349"


def test_number_and_user_id_are_one_person() -> None:
    contacts = [{"wa_id": "6281000000001", "user_id": "ID.7"}]
    given = payload({"id": "1", "from": "6281000000001", "type": "text", "text": {"body": "x"}}, contacts=contacts)
    assert next(iter(messages(given, OURS))).person == "ID.7"


@given(JSON)
def test_no_json_whatever_raises(given: Any) -> None:
    for found in messages(given, OURS):
        assert found.id


def test_signature_is_of_the_very_bytes() -> None:
    body = b'{"a": 1}'
    signed = "sha256=" + hmac.new(b"secret", body, hashlib.sha256).hexdigest()
    assert genuine(body, signed, "secret")
    assert not genuine(b'{"a":1}', signed, "secret")
    assert not genuine(body, None, "secret")
    assert not genuine(body, "sha256=ü", "secret")


def test_message_to_another_number_of_the_account_is_not_ours() -> None:
    given = payload({"id": "wamid.1", "from": "6281000000001", "type": "text", "text": {"body": "halo"}})
    value = given["entry"][0]["changes"][0]["value"]
    value["metadata"] = {"phone_number_id": "another"}
    assert list(messages(given, OURS)) == []
    value["metadata"] = {"phone_number_id": OURS}
    assert len(list(messages(given, OURS))) == 1


@pytest.mark.parametrize("kind", ["text", "image"])
def test_edit_names_the_message_that_it_is_about(kind: str) -> None:
    words = {"body" if kind == "text" else "caption": "Spanduknya di Senen."}
    edit = {"original_message_id": "wamid.0", "message": {"type": kind, kind: words}}
    found = one(type="edit", edit=edit)
    assert (found.kind, found.ref, found.text) == ("edit", "wamid.0", "Spanduknya di Senen.")
    assert one(type="text", text={"body": "halo"}).ref == "wamid.1"


def test_buttons_of_other_services_are_no_words_of_a_conversation() -> None:
    def tapped(payload: str) -> Inbound:
        message = {"id": "wamid.1", "type": "button", "button": {"payload": payload, "text": "Saya terima"}}
        return read_message(message, "ID.1", "6281000000001")

    ours = [tapped("baca_pesan"), tapped("answer:notification"), tapped(f"answer:notification:refuse:{'x' * 200}")]
    talk, others = answers([*ours, tapped("answer:notification:acknowledge:abc_-:1")])
    assert talk == ours
    assert [each[:3] for each in others] == [("notification", "acknowledge", "abc_-:1")]
    assert "wamid" not in others[0][3]
