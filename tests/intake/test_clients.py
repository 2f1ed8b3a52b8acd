"""Programs that post reports: a key, regions, a quota; one voice; nothing after the key is taken away."""

import re

import httpx2
import pytest

from contracts.events import ReportSubmitted
from contracts.vocabulary import Provenance
from tests.intake.posting import SMALL
from tests.neighbours import Neighbours
from tests.running import CSRF, Service

NAMED = {**SMALL, "reporter": {"kind": "citizen"}}


async def new_client(intake: Service, **more: str) -> str:
    """A registered program's key."""
    page = await intake.client("admin").post("/intake/clients", data={"csrf": CSRF, "name": "Gerbang uji", **more})
    found = re.search(r'id="key">([^<]+)<', page.text)
    assert found, page.text
    return found[1]


async def send(intake: Service, key: str, body: dict[str, object], repetition: str = "") -> httpx2.Response:
    headers = {"authorization": f"Bearer {key}", **({"idempotency-key": repetition} if repetition else {})}
    return await intake.client().post("/intake/v1/reports", json=body, headers=headers)


async def test_client_is_a_proven_sender_and_one_voice(intake: Service, neighbours: Neighbours) -> None:
    key = await new_client(intake)
    sent = [(await send(intake, key, NAMED)).json()["report_id"] for _ in range(2)]
    events = [(await neighbours.wait(ReportSubmitted, report_id=each))[0] for each in sent]
    assert {each.provenance for each in events} == {Provenance.CLIENT}
    assert len({each.source for each in events}) == 1
    anonymous = (await send(intake, key, SMALL)).json()["report_id"]
    event = (await neighbours.wait(ReportSubmitted, report_id=anonymous))[0]
    assert event.provenance is Provenance.UNPROVEN
    assert event.source != events[0].source


async def test_key_of_repetition_is_the_clients_own(intake: Service) -> None:
    first, second = await new_client(intake), await new_client(intake)
    tickets = [(await send(intake, key, NAMED, "same")).json()["ticket"] for key in (first, first, second)]
    assert (tickets[0] == tickets[1], tickets[0] == tickets[2]) == (True, False)


async def test_region_beyond_the_scope_and_kind_beyond_the_right_are_refused(intake: Service) -> None:
    key = await new_client(intake, regions="Bogor Selatan")
    answer = await send(intake, key, NAMED)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:problem-type:rukun:client-region")
    assert (await send(intake, key, {**NAMED, "region": "32.71.01"})).status_code == 202
    officer = {**NAMED, "region": "32.71.01", "reporter": {"kind": "officer"}}
    assert (await send(intake, key, officer)).status_code == 403


async def test_quota_is_the_clients_own_and_says_how_long_to_wait(intake: Service) -> None:
    small, large = await new_client(intake, rate="2/hour"), await new_client(intake)
    codes = [(await send(intake, small, NAMED)).status_code for _ in range(3)]
    assert codes == [202, 202, 429]
    assert int((await send(intake, small, NAMED)).headers["retry-after"]) > 0
    assert (await send(intake, large, NAMED)).status_code == 202


async def test_new_key_holds_beside_the_last_one_and_none_after_revoking(intake: Service) -> None:
    key, admin = await new_client(intake), intake.client("admin")
    database = intake.foundation.database["clients"]
    newest = await database.find_one({}, sort=[("_id", -1)])
    assert newest is not None
    assert key not in str(newest)
    address = f"/intake/clients/{newest['_id']}"
    pages = [(await admin.post(f"{address}/renew", data={"csrf": CSRF})).text for _ in range(2)]
    keys = [key, *(re.search(r'id="key">([^<]+)<', each)[1] for each in pages)]  # type: ignore[index]
    assert [(await send(intake, each, NAMED)).status_code for each in keys] == [401, 202, 202]
    await admin.post(f"{address}/revoke", data={"csrf": CSRF})
    spelled = {"authorization": f"bearer  {keys[-1]}"}
    assert (await intake.client().post("/intake/v1/reports", json=NAMED, headers=spelled)).status_code == 401
    assert (await send(intake, keys[-1], NAMED)).status_code == 401
    assert "Dicabut" in (await admin.get("/intake/clients")).text


@pytest.mark.parametrize("fault", [{"name": "x"}, {"rate": "viele"}, {"regions": "Antah Berantah"}])
async def test_wrong_client_is_a_sentence(intake: Service, fault: dict[str, str]) -> None:
    form = {"csrf": CSRF, "name": "Gerbang uji", **fault}
    assert (await intake.client("admin").post("/intake/clients", data=form)).status_code == 422
