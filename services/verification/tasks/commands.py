"""Tasks and notes: set, done, written; each a step of the case's timeline."""

from datetime import datetime

from chassis.aggregates import Aggregate
from chassis.clock import new_id
from chassis.identity import Person
from chassis.language import _
from chassis.problems import Problem, not_found
from contracts.base import Event
from contracts.regions import office_name
from kemenag.permissions import Action
from services.verification import model
from services.verification.commands import change
from services.verification.model import By, Case, Loaded
from services.verification.store import Store
from services.verification.tasks.model import MOST_OPEN, Task, TaskForm
from services.verification.timeline import Values


async def set_task(store: Store, case_id: str, person: Person, form: TaskForm, at: datetime) -> Aggregate[Case]:
    """An office is to do something for the case until a day."""
    task = Task(id=new_id(), set_at=at, **form.model_dump())
    return await change(store, case_id, person, Action.HANDLE_CASE, at, lambda case, by: put(case, task, by))


async def finish_task(
    store: Store, case_id: str, person: Person, task_id: str, note: str, at: datetime
) -> Aggregate[Case]:
    """It is done."""
    return await change(
        store, case_id, person, Action.HANDLE_CASE, at, lambda case, by: finish(case, task_id, note, by)
    )


async def write_note(store: Store, case_id: str, person: Person, text: str, at: datetime) -> Aggregate[Case]:
    """A word among the officials of the case: reporters and partners never see it."""
    return await change(store, case_id, person, Action.HANDLE_CASE, at, lambda case, by: note_down(case, text, by))


def put(loaded: Loaded, task: Task, by: By) -> list[Event]:
    """Take a task in."""
    case = loaded.state
    if task.office not in case.jurisdiction:
        detail = _("Pilih kantor di wilayah kasus ini atau di atasnya.")
        raise Problem("office-elsewhere", 422, _("Kantor itu tidak menangani wilayah ini"), detail)
    if task.is_late(by.at):
        raise Problem("due-in-the-past", 422, _("Batas waktu sudah lewat"), _("Pilih hari ini atau sesudahnya."))
    if not case.open or case.going_to or case.went_to:
        raise Problem("case-closed", 409, _("Kasus ini sudah ditutup"), _("Buka kembali kasusnya dahulu."))
    if len(case.tasks) >= MOST_OPEN:
        detail = _("Selesaikan dahulu sebagian dari {count} tugas yang masih terbuka.").format(count=MOST_OPEN)
        raise Problem("too-many-tasks", 409, _("Terlalu banyak tugas"), detail)
    case.tasks.append(task)
    values: Values = {"what": task.what, "to": office_name(task.office), "due": task.due_on.isoformat()}
    model.add_step(loaded, by, "task_set", values)
    return []


def finish(loaded: Loaded, task_id: str, note: str, by: By) -> list[Event]:
    """Let a task go. One that two officials finish at once is done once."""
    case = loaded.state
    task = next((each for each in case.tasks if each.id == task_id), None)
    if task is None:
        raise not_found()
    case.tasks = [each for each in case.tasks if each.id != task_id]
    model.add_step(loaded, by, "task_done", {"what": task.what, "note": note})
    return []


def note_down(loaded: Loaded, text: str, by: By) -> list[Event]:
    """Put a note into the timeline; the case does not move up the queue by it."""
    model.add_step(loaded, by, "noted", {"text": text}, news=False)
    return []
