"""WhatsApp's Graph API alone, for containers: sign-in and mail are real there, and only the runtime packages are."""

import uvicorn

from simulators.email import Mailboxes
from simulators.pages import Mails, application
from simulators.settings import SimulatorSettings
from simulators.sms import ShortMessages
from simulators.telegram import Telegram
from simulators.whatsapp import Phones


def main() -> None:
    """Serve until SIGTERM."""
    settings = SimulatorSettings()
    app = application(Phones(settings), Telegram(settings), ShortMessages(settings), Mailboxes(settings), Mails())
    uvicorn.run(app, host=settings.host, port=settings.port, log_level="warning")


if __name__ == "__main__":
    main()
