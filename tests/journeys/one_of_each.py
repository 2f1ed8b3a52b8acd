"""One of everything that lies in a place, made by those who may: what rights and nonsense are tried on."""

from io import BytesIO
from typing import Any

from PIL import Image
from pymongo import MongoClient

from chassis.clock import new_id
from rukun.client import Visitor
from rukun.up import Stack
from services.notification.links.tokens import token_of
from services.notification.settings import NotificationSettings
from tests.journeys.test_story import case_with
from tests.marks import mark
from tests.waiting import eventually_now

HERE = "31.71.01"


def one_of_each(stack: Stack) -> dict[str, str]:
    """Make them; their ids by the names that routes give them, and the `words` of the report."""
    kua, kabid, pusat, admin, dpo, sender = (Visitor(stack.ports.address) for _ in range(6))
    kua.sign_in("kua.gambir")
    kabid.sign_in("kabid.dki")
    pusat.sign_in("pusat")
    admin.sign_in("admin", "notification")
    dpo.sign_in("dpo", "intake")
    try:
        return {
            **_case(sender, kua, stack),
            "task_id": "tidak-ada",
            "referral_id": "tidak-ada",
            "version": "987654321",
            "access_id": "tidak-ada",
            **_check(admin, stack),
            "article_id": "khawatir-aliran",
            **_document(kua, stack),
            **_official(admin, stack),
            **_partner(admin, stack),
            **_directive(kabid, pusat),
            **_breach(dpo, stack),
            **_client(admin, stack),
            **_consultation(sender, stack),
            "office": HERE,
            "code": "31.71",
            "event_type": "rukun.public-case.updated",
        }
    finally:
        for each in (kua, kabid, pusat, admin, dpo, sender):
            each.close()


def _case(sender: Visitor, kua: Visitor, stack: Stack) -> dict[str, str]:
    photo, words = BytesIO(), f"Kabar di Gambir untuk memeriksa hak, {mark()}."
    Image.new("RGB", (40, 30), "red").save(photo, "JPEG")
    page = sender.get("/intake/report", headers={"accept": "text/html"}).text
    form = {
        "idempotency": page.split('name="idempotency" value="')[1].split('"')[0],
        "region_text": "Gambir",
        "region_code": HERE,
        "categories": "kekerasan_pengusiran",
        "acts": "pembakaran",
        "narrative": words,
        "kind": "citizen",
        "name": "Nama Uji",
        "contact": "+6281000000777",
        "consent": "true",
    }
    answer = sender.post("/intake/report", data=form, files={"photos": ("a.jpg", photo.getvalue(), "image/jpeg")})
    assert answer.status_code == 200, answer.text
    case = case_with(kua, words)
    report = case["reports"][0]["report"]

    def alert() -> Any:
        found = kua.get("/notification/v1/alerts").json()["alerts"]
        return next((each for each in found if each["case_id"] == case["case_id"]), None)

    raised = eventually_now(alert)
    kua.submit(
        "/intake/identities",
        "/intake/identities/request",
        {"ticket": report["ticket"], "reason": "Perlu menghubungi pelapor."},
    )
    with MongoClient[dict[str, Any]](f"mongodb://127.0.0.1:{stack.ports.mongo}/?replicaSet=rukun") as client:
        request = client["rukun_intake"]["identity_requests"].find_one({"state.ticket": report["ticket"]})
    assert request
    return {
        "words": words,
        "case_id": case["case_id"],
        "report_id": report["report_id"],
        "ticket": report["ticket"],
        "attachment_id": report["attachments"][0],
        "alert_id": raised["alert_id"],
        "token": token_of(f"{raised['alert_id']}:0", NotificationSettings().link_key),
        "import_id": _import(kua),
        "request_id": request["_id"],
    }


def _import(kua: Visitor) -> str:
    # Its own words: what another module of this house has stored is known, and there would be nothing to store.
    rows = f"wilayah,kategori,uraian\n31.71.01,lainnya,Untuk memeriksa hak {mark()}\n"
    files = {"file": ("laporan.csv", rows.encode(), "text/csv")}
    page = kua.submit("/intake/import", "/intake/import", {}, files).url.path
    eventually_now(lambda: "/store" in kua.get(page, headers={"accept": "text/html"}).text)
    return str(page).rpartition("/")[2]


def _official(admin: Visitor, stack: Stack) -> dict[str, str]:
    name = f"Pejabat {new_id()}"
    row = f"nama,peran,wilayah,email\n{name},kasi,32.71,uji@contoh.invalid\n"
    files = {"file": ("pejabat.csv", row.encode(), "text/csv")}
    admin.submit("/notification/directory", "/notification/directory", {}, files).raise_for_status()
    with MongoClient[dict[str, Any]](f"mongodb://127.0.0.1:{stack.ports.mongo}/?replicaSet=rukun") as client:
        found = eventually_now(lambda: client["rukun_notification"]["officials"].find_one({"name": name}))
    return {"official_id": str(found["_id"])}


def _check(admin: Visitor, stack: Stack) -> dict[str, str]:
    """A message that asks whether it came."""
    admin.submit("/notification/coverage?region=32.71.01", "/notification/coverage/check", {"office": "32.71.01"})
    with MongoClient[dict[str, Any]](f"mongodb://127.0.0.1:{stack.ports.mongo}/?replicaSet=rukun") as client:
        found = client["rukun_notification"]["deliveries"].find_one({"state.content.kind": "check"})
    assert found
    return {"check_token": token_of(str(found["_id"]), NotificationSettings().link_key)}


def _partner(admin: Visitor, stack: Stack) -> dict[str, str]:
    name = f"Mitra {new_id()}"
    admin.submit("/integration/", "/integration/partners", {"name": name})
    with MongoClient[dict[str, Any]](f"mongodb://127.0.0.1:{stack.ports.mongo}/?replicaSet=rukun") as client:
        partner = client["rukun_integration"]["partners"].find_one({"name": name})
    assert partner
    return {"partner_id": str(partner["_id"]), "subscription_id": "tidak-ada"}


def _consultation(sender: Visitor, stack: Stack) -> dict[str, str]:
    """A question by chat to the officers of Gambir."""
    number = {"channel": "whatsapp", "number": "6281000000881"}
    for text in ("petugas", "Kapan KUA Gambir, Jakarta Pusat, buka?"):
        sender.http.post("/simulator/chat/say", data={**number, "text": text})
        eventually_now(lambda: not sender.get("/simulator/chat/6281000000881", params=number).json()[-1]["mine"])
    with MongoClient[dict[str, Any]](f"mongodb://127.0.0.1:{stack.ports.mongo}/?replicaSet=rukun") as client:
        found = eventually_now(lambda: client["rukun_intake"]["consultations"].find_one({"state.region": HERE}))
    return {"consultation_id": str(found["_id"])}


def _client(admin: Visitor, stack: Stack) -> dict[str, str]:
    admin.submit("/intake/clients", "/intake/clients", {"name": "Klien contoh"})
    with MongoClient[dict[str, Any]](f"mongodb://127.0.0.1:{stack.ports.mongo}/?replicaSet=rukun") as client:
        found = client["rukun_intake"]["clients"].find_one({}, sort=[("_id", -1)])
    assert found
    return {"client_id": str(found["_id"])}


def _document(kua: Visitor, stack: Stack) -> dict[str, str]:
    with MongoClient[dict[str, Any]](f"mongodb://127.0.0.1:{stack.ports.mongo}/?replicaSet=rukun") as client:
        case = client["rukun_verification"]["cases"].find_one({"state.region": HERE}, sort=[("_id", -1)])
    assert case
    page = f"/verification/cases/{case['_id']}"
    done = kua.submit(page, f"{page}/documents", {"kind": "laporan"})
    return {"document_code": str(done.url).rpartition("/")[2]}


def _breach(dpo: Visitor, stack: Stack) -> dict[str, str]:
    form = {"what": "Berkas hilang di jalan.", "discovered_at": "2026-01-01T10:00"}
    dpo.submit("/intake/privacy", "/intake/privacy/breaches", form)
    with MongoClient[dict[str, Any]](f"mongodb://127.0.0.1:{stack.ports.mongo}/?replicaSet=rukun") as client:
        found = client["rukun_intake"]["breaches"].find_one({}, sort=[("_id", -1)])
    assert found
    return {"breach_id": str(found["_id"])}


def _directive(kabid: Visitor, pusat: Visitor) -> dict[str, str]:
    form = {"title": "Arahan hak", "text": "Untuk memeriksa hak.", "regions": HERE}
    done = kabid.submit("/notification/directives", "/notification/directives", form)
    directive_id = str(done.url).rpartition("/")[2]
    page = f"/notification/directives/{directive_id}"
    pusat.submit(page, f"{page}/approve", {})
    eventually_now(lambda: "belum dibuka" in pusat.get(page, headers={"accept": "text/html"}).text)
    return {"directive_id": directive_id}
