"""Wires notification together."""

from datetime import timedelta
from pathlib import Path

from fastapi import FastAPI

from chassis.deliveries.engine import Engine
from chassis.foundation import Foundation
from chassis.live import Live
from kemenag.look import look
from services.notification import api, channels, commands, directory_pages, events, exercises, pages
from services.notification.directives import pages as directive_pages
from services.notification.directives.commands import Directives
from services.notification.directives.counting import Counting
from services.notification.directives.spreading import Spreading
from services.notification.duty import pages as duty_pages
from services.notification.duty.reminders import Reminders
from services.notification.ladder import Ladder
from services.notification.links import pages as link_pages
from services.notification.model import results
from services.notification.people import People
from services.notification.policies import pages as policy_pages
from services.notification.policies.commands import InForce
from services.notification.proofs import pages as proof_pages
from services.notification.quiet import parse
from services.notification.settings import NotificationSettings
from services.notification.store import Links
from services.notification.store import build as build_store

Settings = NotificationSettings


def build(settings: NotificationSettings) -> FastAPI:
    """The service, ready to be served."""
    foundation = Foundation("notification", settings)
    store = build_store(foundation)
    store.policies, store.reachable = commands.policies_of(settings), channels.reachable
    in_force = InForce(store, store.policies)
    store.addresses, store.quiet = channels.addresses, parse(settings.quiet_hours)
    store.links = Links(settings.link_key, timedelta(hours=settings.answer_link_hours))
    senders = channels.senders(store, settings)
    foundation.deliveries(
        Engine(store.deliveries, senders, foundation.lease, foundation.metrics, settings.retry_seconds, results)
    )
    ladder = Ladder(store, foundation.lease("ladder"))
    counting = Counting(store)
    spreading = Spreading(store, counting, foundation.lease("directives"))
    people = People(store, foundation.lease("directory"))
    reminders = Reminders(store, foundation.lease("duty"))
    live = Live(store.alerts.collection)
    return foundation.application(
        title="Rukun notification",
        look=look(Path(__file__).parent / "templates"),
        routers=[
            api.router,
            pages.router,
            link_pages.router,
            proof_pages.router,
            duty_pages.router,
            directive_pages.router,
            exercises.router,
            policy_pages.router,
            directory_pages.router,
        ],
        table=events.handles.bind(store),
        loops=[
            in_force.refresh_always,
            ladder.climb,
            spreading.run,
            counting.run,
            people.list_waiting,
            reminders.remind_always,
            live.run,
        ],
        state={
            "store": store,
            "live": live,
            "directives": Directives(store, spreading, counting),
            "people": people,
            "in_force": in_force,
            "limits": foundation.rate_limits(),
        },
    )
