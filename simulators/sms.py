"""An SMS gateway and the phones behind it: forms to intake's webhook, forms from it, and delivery reports."""

import asyncio
from uuid import uuid4

import httpx2

from simulators.screens import Bubble, Screens
from simulators.settings import SimulatorSettings

_ONE, _OF_MANY = 160, 153
"""Letters of one short message, and of a part of a longer one."""


class ShortMessages(Screens):
    """The phones of people without the internet."""

    label = "SMS"
    takes_photos = False

    def __init__(self, settings: SimulatorSettings) -> None:
        super().__init__()
        self._settings = settings
        self._client = httpx2.AsyncClient(timeout=10)
        self._background: set[asyncio.Task[int]] = set()
        self.reports = "delivered"
        """What becomes of messages to the phones."""

    async def write(self, number: str, text: str) -> int:
        """A text; a long one leaves in parts, each a message of its own at the gateway."""
        self.talks[number].append(Bubble(True, text))
        if len(text) <= _ONE:
            return await self.deliver({"from": f"+{number}", "text": text, "id": uuid4().hex})
        parts = [text[start : start + _OF_MANY] for start in range(0, len(text), _OF_MANY)]
        group = uuid4().hex[:2]
        for count, part in enumerate(parts, start=1):
            more = {"group": group, "part": str(count), "parts": str(len(parts))}
            status = await self.deliver({"from": f"+{number}", "text": part, "id": uuid4().hex, **more})
        return status

    async def tap(self, number: str, choice: str) -> int:
        """Nothing can be tapped: it is typed."""
        return await self.write(number, choice)

    async def send_photo(self, number: str, content: bytes, caption: str) -> int:
        """No photo can be sent: the words alone are."""
        return await self.write(number, caption)

    async def deliver(self, form: dict[str, str]) -> int:
        """Post a form, as the gateway does."""
        headers = {"authorization": f"Bearer {self._settings.sms_secret.get_secret_value()}"}
        whole = {"to": f"+{self._settings.sms_number}", **form}
        address = f"{self._settings.intake_url}/intake/v1/channels/sms"
        try:
            answer = await self._client.post(address, data=whole, headers=headers)
        except httpx2.HTTPError:
            return 0
        return answer.status_code

    def receive(self, form: dict[str, str]) -> str:
        """A message for a phone; the gateway's id of it. A delivery report follows."""
        self.talks[form["to"].removeprefix("+")].append(Bubble(False, form["text"]))
        id = uuid4().hex
        if form.get("ref"):
            report = {"id": id, "ref": form["ref"], "status": self.reports}
            task = asyncio.create_task(self.deliver(report))
            self._background.add(task)
            task.add_done_callback(self._background.discard)
        return id
