"""What lets outsiders hold records that a database administrator cannot change."""

from typing import ClassVar

from contracts.base import Event


class CheckpointSigned(Event):
    """A service signed a checkpoint of its records: whoever notes `hash` can tell later whether any was changed.

    `hash` and `previous` are SHA-256, `signature` is Ed25519 over the bytes of `hash`; all in hex.
    """

    type: ClassVar[str] = "rukun.checkpoint.signed"
    topic: ClassVar[str] = "rukun.checkpoints.v1"
    service: str
    n: int
    """Counts the service's checkpoints, without gaps."""
    previous: str
    hash: str
    signature: str

    @property
    def subject(self) -> str:
        """The checkpoint."""
        return f"{self.service}:{self.n}"

    @property
    def key(self) -> str:
        """One service's checkpoints stay in their order."""
        return self.service
