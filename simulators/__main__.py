"""Runs the simulators until SIGTERM."""

import threading

import uvicorn

from simulators import mail, signin
from simulators.email import Mailboxes
from simulators.pages import application
from simulators.settings import SimulatorSettings
from simulators.sms import ShortMessages
from simulators.telegram import Telegram
from simulators.whatsapp import Phones


def main() -> None:
    """Sign-in and mail in threads, the rest in this one."""
    settings = SimulatorSettings()
    provider = signin.server(settings.host, settings.sign_in_port)
    threading.Thread(target=provider.serve_forever, daemon=True).start()
    mailboxes = Mailboxes(settings)
    box = mail.Box(mailboxes)
    post = mail.server(box, settings.host, settings.smtp_port)
    post.start()
    app = application(Phones(settings), Telegram(settings), ShortMessages(settings), mailboxes, box)
    uvicorn.run(app, host=settings.host, port=settings.port, log_level="warning")
    post.stop()
    provider.shutdown()


if __name__ == "__main__":
    main()
