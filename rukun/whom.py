"""`rukun whom`: who would be called now for a place, as the ladder itself would find them."""

from rich.console import Console

from chassis.clock import now
from chassis.language import _
from chassis.problems import Problem
from contracts.regions import ancestry
from contracts.regions import region as region_of
from contracts.vocabulary import Level
from kemenag.labels import RUNG_LABELS
from kemenag.permissions import ROLE_LABELS
from kemenag.places import code_of
from rukun.operators import application_of
from services.notification import channels
from services.notification.coverage import WEAK, coverage
from services.notification.directory_pages import HOLES
from services.notification.proofs.commands import ways_of


async def show(text: str, level: int) -> int:
    """Print every rung; 1 where one is empty or cannot answer."""
    try:
        code = code_of(text)
    except Problem as unclear:
        raise SystemExit(f"{unclear.title}. {unclear.detail}") from None
    async with application_of("notification") as application:
        store = application.state.store
        await application.state.in_force.refresh()
        policy = store.policies[Level(level)]
        contacts = await store.directory(ancestry(code))
        proven = await ways_of(store, {each.id for office in contacts.values() for each in office}, now())
        found = coverage(code, contacts, policy, proven)
    out = Console(highlight=False)
    for each in found:
        when = _("dihubungi seketika") if each.at_once else _("dihubungi bila yang di bawahnya tidak menjawab")
        out.print(f"[bold]{RUNG_LABELS[each.rung]} · {region_of(each.office).name}[/bold]  {when}")
        for contact in each.people:
            ways = ", ".join(channels.LABELS[way] for way in contact.channels) if policy.every_channel else ""
            duty = f" ({_('piket')})" if contact.on_duty else ""
            out.print(f"  {ROLE_LABELS.get(contact.role, contact.role)}{duty}: {ways or _('kotak masuk saja')}")
        for hole in each.holes:
            out.print(f"  [{'yellow' if hole in WEAK else 'red'}]{HOLES[hole]}[/]")
    return int(any(hole not in WEAK for each in found for hole in each.holes))
