"""A task of a case. Pure."""

from datetime import UTC, date, datetime, time

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_serializer

MOST_OPEN = 20


class Task(BaseModel):
    """Something to do for a case, by an office of its jurisdiction. Done ones stand in the timeline alone."""

    id: str
    what: str
    office: str
    """The office's region code."""
    due_on: date
    set_at: AwareDatetime

    @field_serializer("due_on")
    def _as_text(self, value: date) -> str:
        """The database knows moments and no days; as text days sort as well."""
        return value.isoformat()

    def is_late(self, at: datetime) -> bool:
        """Whether its day has ended everywhere in the country."""
        return is_over(self.due_on, at)


def is_over(day: date, at: datetime) -> bool:
    """Whether a day has ended everywhere in the country: in Jakarta it ends last."""
    return datetime.combine(day, time(17), UTC) <= at


class TaskForm(BaseModel):
    """What is to be done, by whom, until when."""

    model_config = ConfigDict(str_strip_whitespace=True)
    what: str = Field(min_length=3, max_length=500)
    office: str = Field(max_length=8)
    due_on: date


class DoneForm(BaseModel):
    """What came of it."""

    model_config = ConfigDict(str_strip_whitespace=True)
    note: str = Field(default="", max_length=2000)
