"""A referral: whom a case was referred to, what is asked of them, and until when an answer is waited for. Pure."""

from datetime import date, datetime, timedelta
from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_serializer

from chassis.language import N_, Labels
from services.verification.tasks.model import is_over

MOST_OPEN = 10
ANSWER_WITHIN = timedelta(days=3)
"""What the form proposes."""
RESULT_WITHIN = timedelta(days=14)
"""From their acceptance, where no day is agreed."""


class Organisation(StrEnum):
    """Whom cases are referred to."""

    POLRI = "polri"
    TNI = "tni"
    PEMDA = "pemda"
    KESBANGPOL = "kesbangpol"
    FKUB = "fkub"
    PKUB = "pkub"
    BIMAS = "bimas"
    """A directorate of another religion."""
    SOSIAL = "sosial"
    OTHER = "lain"


ORGANISATIONS: Labels[str] = Labels(
    {
        Organisation.POLRI.value: N_("Polri"),
        Organisation.TNI.value: N_("TNI"),
        Organisation.PEMDA.value: N_("Pemerintah daerah"),
        Organisation.KESBANGPOL.value: N_("Kesbangpol"),
        Organisation.FKUB.value: N_("FKUB"),
        Organisation.PKUB.value: N_("PKUB Kemenag"),
        Organisation.BIMAS.value: N_("Bimas agama lain, Kemenag"),
        Organisation.SOSIAL.value: N_("Dinas sosial, perlindungan perempuan dan anak"),
        Organisation.OTHER.value: N_("Instansi lain"),
    }
)


class Answer(StrEnum):
    """What became of a referral. All but the first end it."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    DONE = "done"
    WITHDRAWN = "withdrawn"


ANSWERS: Labels[str] = Labels(
    {
        Answer.ACCEPTED.value: N_("Mereka menerimanya"),
        Answer.REFUSED.value: N_("Mereka menolaknya"),
        Answer.DONE.value: N_("Mereka selesai menanganinya"),
        Answer.WITHDRAWN.value: N_("Kami tarik kembali"),
    }
)


class Referral(BaseModel):
    """One that still waits, for an answer or, once it was accepted, for the result. Ended ones stand in the timeline
    alone."""

    id: str
    to: Organisation
    office: str
    """The name of theirs."""
    asked: str
    by: str
    """Our office, by its region code: it follows what becomes of it."""
    letter: str
    """The code of the letter."""
    sent_at: AwareDatetime
    due_on: date
    """The day until which an answer is waited for, or the result."""
    accepted: bool = False

    @field_serializer("due_on")
    def _as_text(self, value: date) -> str:
        """The database knows moments and no days; as text days sort as well."""
        return value.isoformat()

    def is_late(self, at: datetime) -> bool:
        """Whether its day has ended everywhere in the country."""
        return is_over(self.due_on, at)


class ReferralForm(BaseModel):
    """To whom, what is asked, until when."""

    model_config = ConfigDict(str_strip_whitespace=True)
    to: Organisation
    office: str = Field(min_length=3, max_length=150)
    asked: str = Field(min_length=10, max_length=3000)
    due_on: date


class AnswerForm(BaseModel):
    """What they answered, or we decided."""

    model_config = ConfigDict(str_strip_whitespace=True)
    answer: Answer
    note: str = Field(default="", max_length=2000)
    due_on: date | None = None
    """Until when they will have a result; of an acceptance."""
