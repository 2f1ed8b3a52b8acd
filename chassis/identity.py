"""Somebody who signed in, as the identity provider tells it. What roles mean is not known here."""

from pydantic import BaseModel


class Person(BaseModel, frozen=True):
    """Claims of the identity provider."""

    sub: str
    name: str
    roles: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    language: str | None = None
    """What the account prefers, as a code such as `id` or `en`."""

    @property
    def role(self) -> str:
        """The first role, for records that name offices and not people."""
        return self.roles[0] if self.roles else "tanpa_peran"
