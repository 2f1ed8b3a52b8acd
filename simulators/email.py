"""The mailboxes of people who write to us: their mails leave as a mail server hands them over, ours arrive by SMTP."""

from email.message import EmailMessage
from email.utils import make_msgid

import httpx2

from simulators.screens import Bubble, Screens
from simulators.settings import SimulatorSettings

DOMAIN = "warga.invalid"


class Mailboxes(Screens):
    """People with an address, one for each number of the page."""

    label = "E-mail"

    def __init__(self, settings: SimulatorSettings) -> None:
        super().__init__()
        self._settings = settings
        self._client = httpx2.AsyncClient(timeout=10)
        self._newest: dict[str, str] = {}
        """The id of the mail that a person answers."""

    async def write(self, number: str, text: str) -> int:
        """A mail; from the second on an answer, with what it answers quoted, as mail programs do."""
        return await self.deliver(self._mail(number, text))

    async def tap(self, number: str, choice: str) -> int:
        """Nothing can be tapped: it is typed."""
        return await self.write(number, choice)

    async def send_photo(self, number: str, content: bytes, caption: str) -> int:
        """A mail with a photo."""
        return await self.send_document(number, content, "image/jpeg", caption)

    async def send_video(self, number: str, content: bytes, caption: str) -> int:
        """A mail with a video."""
        return await self.send_document(number, content, "video/mp4", caption)

    async def send_document(self, number: str, content: bytes, media_type: str, caption: str) -> int:
        """A mail with a file."""
        mail = self._mail(number, caption)
        main, _sep, sub = media_type.partition("/")
        mail.add_attachment(content, maintype=main, subtype=sub, filename=f"berkas.{sub}")
        return await self.deliver(mail)

    async def deliver(self, mail: EmailMessage) -> int:
        """Hand a mail over, as the mail server does."""
        headers = {
            "authorization": f"Bearer {self._settings.email_secret.get_secret_value()}",
            "content-type": "message/rfc822",
        }
        address = f"{self._settings.intake_url}/intake/v1/channels/email"
        try:
            answer = await self._client.post(address, content=mail.as_bytes(), headers=headers)
        except httpx2.HTTPError:
            return 0
        return answer.status_code

    def receive(self, number: str, message_id: str, text: str) -> None:
        """A mail for somebody."""
        self._newest[number] = message_id
        self.talks[number].append(Bubble(False, "\n".join(text.strip().splitlines())))

    def _mail(self, number: str, text: str) -> EmailMessage:
        before = next((each.text for each in reversed(self.talks[number]) if not each.mine), "")
        self.talks[number].append(Bubble(True, text))
        mail = EmailMessage()
        mail["From"], mail["To"] = f"Warga <{number}@{DOMAIN}>", self._settings.email_address
        mail["Message-ID"] = make_msgid(domain=DOMAIN)
        mail["Subject"] = "Re: Balasan untuk Anda" if before else ""
        if number in self._newest:
            mail["In-Reply-To"] = self._newest[number]
        quoted = "\n".join(f"> {line}" for line in before.splitlines())
        quote = f"\n\nPada Sab, 28 Nov 2026 pukul 20.00 <{self._settings.email_address}> menulis:\n{quoted}\n"
        mail.set_content(text + (quote if before else ""))
        return mail
