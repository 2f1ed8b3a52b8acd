"""What a person sees who chats: the same on every simulated channel."""

from abc import ABC, abstractmethod
from collections import defaultdict
from dataclasses import dataclass, field


@dataclass
class Bubble:
    """A message on a phone's screen."""

    mine: bool
    text: str
    choices: list[dict[str, str]] = field(default_factory=list)


class Screens(ABC):
    """The conversations of all phones of a channel."""

    label = ""
    takes_photos = True

    def __init__(self) -> None:
        self.talks: dict[str, list[Bubble]] = defaultdict(list)

    @abstractmethod
    async def write(self, number: str, text: str) -> int:
        """The owner writes; the status that intake's webhook gave."""

    @abstractmethod
    async def tap(self, number: str, choice: str) -> int:
        """The owner taps a button or a row."""

    @abstractmethod
    async def send_photo(self, number: str, content: bytes, caption: str) -> int:
        """The owner sends a photo, with or without words."""

    async def send_video(self, number: str, content: bytes, caption: str) -> int:
        """The owner sends a video, with or without words; where none can be sent, nothing is."""
        return 0

    async def send_document(self, number: str, content: bytes, media_type: str, caption: str) -> int:
        """The owner sends a file as a document; where none can be sent, nothing is."""
        return 0

    async def send_voice(self, number: str, content: bytes) -> int:
        """The owner sends a voice; where no voice can be sent, nothing is."""
        return 0

    def offered(self, number: str, choice: str) -> dict[str, str]:
        """What was offered last under this id."""
        found = [each for bubble in self.talks[number] for each in bubble.choices]
        return next((each for each in reversed(found) if each["id"] == choice), {"id": choice, "title": choice})
