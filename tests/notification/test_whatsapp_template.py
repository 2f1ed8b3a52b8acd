"""A template that is not approved in a recipient's language goes in the house's."""

from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from chassis.clock import new_id, now
from contracts.events import DeliveryRecorded
from services.notification.people import People
from tests.neighbours import Neighbours
from tests.notification.test_notification import change
from tests.running import running, serving


def graph(taken: list[dict[str, Any]]) -> Starlette:
    """The Graph API, at which nothing is approved in English."""

    async def send(request: Request) -> Response:
        message = await request.json()
        taken.append(message)
        if message["template"]["language"]["code"] != "id":
            return JSONResponse({"error": {"message": "Template name does not exist", "code": 132001}}, 404)
        return JSONResponse({"messages": [{"id": f"wamid.{len(taken)}"}]})

    return Starlette(routes=[Route("/v23.0/{number_id}/messages", send, methods=["POST"])])


@pytest.mark.usefixtures("stack_environment")
async def test_alert_in_a_language_without_a_template_is_sent_all_the_same(neighbours: Neighbours) -> None:
    taken: list[dict[str, Any]] = []
    async with (
        serving(graph(taken)) as address,
        running("notification", graph_url=f"{address}/v23.0", smtp_port=1, sms_url="") as service,
    ):
        people: People = service.app.state.people
        official = {"name": "Kasi", "role": "kasi", "regions": ["31.71"], "language": "en", "whatsapp": "6281000000801"}
        await people.write([{"_id": new_id(), **official}], now(), "uji")
        ids = await neighbours.publish(change(2, 1))
        await neighbours.wait(DeliveryRecorded, alert_id=ids[0], channel="whatsapp", status="sent")
    assert [each["template"]["language"]["code"] for each in taken] == ["en", "id"]
    shown = [each["template"]["components"][0]["parameters"][0]["text"] for each in taken]
    assert shown == ["2 Watch", "2 Siaga"]


@pytest.mark.usefixtures("stack_environment")
async def test_template_that_was_approved_without_buttons_goes_without_them(neighbours: Neighbours) -> None:
    taken: list[dict[str, Any]] = []

    async def send(request: Request) -> Response:
        taken.append(await request.json())
        if len(taken[-1]["template"]["components"]) > 1:
            return JSONResponse({"error": {"message": "Parameter format does not match", "code": 132012}}, 400)
        return JSONResponse({"messages": [{"id": f"wamid.{len(taken)}"}]})

    graph = Starlette(routes=[Route("/v23.0/{number_id}/messages", send, methods=["POST"])])
    async with (
        serving(graph) as address,
        running("notification", graph_url=f"{address}/v23.0", smtp_port=1, sms_url="") as service,
    ):
        people: People = service.app.state.people
        official = {"name": "Kasi", "role": "kasi", "regions": ["31.75"], "whatsapp": "6281000000802"}
        await people.write([{"_id": new_id(), **official}], now(), "uji")
        place = {"region": "31.75.01", "jurisdiction": ("ID", "31", "31.75", "31.75.01")}
        ids = await neighbours.publish(change(2, 1, **place))
        await neighbours.wait(DeliveryRecorded, alert_id=ids[0], channel="whatsapp", status="sent")
    assert [len(each["template"]["components"]) for each in taken] == [3, 1]
