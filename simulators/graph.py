"""WhatsApp's Graph API alone, for containers: sign-in and mail are real there, and only the runtime packages are."""

import uvicorn

from simulators.pages import Mails, application
from simulators.settings import SimulatorSettings
from simulators.whatsapp import Phones


def main() -> None:
    """Serve until SIGTERM."""
    settings = SimulatorSettings()
    uvicorn.run(application(Phones(settings), Mails()), host=settings.host, port=settings.port, log_level="warning")


if __name__ == "__main__":
    main()
