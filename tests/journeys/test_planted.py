"""Forty secrets are planted on every way in; afterwards none of them stands anywhere but sealed."""

import asyncio
import re
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

from aiokafka import AIOKafkaConsumer
from PIL import Image
from pymongo import MongoClient

from chassis.clock import new_id
from chassis.settings import DEVELOPMENT_SECRET
from contracts.topics import SERVICES, TOPICS
from rukun.client import Visitor
from rukun.phone import Phone
from rukun.up import Stack
from tests.journeys.test_story import case_with, post
from tests.marks import mark
from tests.waiting import eventually_now

Visit = Callable[..., Visitor]

NAMES = ["Sekar Rahasiawati", "Guntur Tertutupjaya", "Mawar Tersembunyi", "Rimba Takdikenal"]
"""In identity fields."""
CONTACTS = ["+6281000000911", "0810-0000-0912", "0810 0000 0913", "(0810) 0000.0914"]
ADDRESSES = ["rahasia.satu@contoh.invalid", "tutup_dua@contoh.invalid", "tiga+x@contoh.invalid"]
IN_STORIES = [
    "081000000921",
    "+62 810 0000 0922",
    "62-810-0000-0923",
    "0810.0000.0924",
    "0810–0000–0925",
    "0810,0000,0926",
    "0810:0000:0927",
    "0810_0000_0928",
    "O81O OOOO O929",
    "０８１００００００９３０",
    "(0810)00000931",
    "0810 - 0000 - 0932",
    "3171010101010933",
    "31.71.01.010101.0934",
    "197001012000011935",
    "09.000.000.0-936.000",
]
"""Telephone numbers in every shape, NIK, NIP, NPWP."""
PHONES = ["6281000000941", "6281000000942"]
SMS_PHONE, TELEGRAM_PERSON = "6281000000943", "700000000944"
PLACES = ["081000000951", "0810 0000 0952"]
LATER = ["081000000961", "empat@contoh.invalid"]
"""In what is added after sending."""
FILES = ["IMG-rahasiawati.jpg", "daftar-tertutupjaya.csv"]
METADATA = ["Kamera milik Rahasiawati", "Seniman Tertutupjaya"]


def _photo() -> bytes:
    made, exif = BytesIO(), Image.Exif()
    exif[0x010E], exif[0x013B] = METADATA
    Image.new("RGB", (64, 48), "green").save(made, "JPEG", exif=exif)
    return made.getvalue()


def _by_form(visitor: Visitor, narrative: str) -> None:
    page = visitor.get("/intake/report", headers={"accept": "text/html"}).text
    form = {
        "idempotency": page.split('name="idempotency" value="')[1].split('"')[0],
        "region_text": "Gambir",
        "region_code": "31.71.01",
        "categories": "rumah_ibadat",
        "narrative": narrative,
        "kind": "citizen",
        "name": NAMES[3],
        "contact": CONTACTS[3],
        "consent": "true",
    }
    photos = {"photos": (FILES[0], _photo(), "image/jpeg")}
    assert visitor.post("/intake/report", data=form, files=photos).status_code == 200


def _by_file(kua: Visitor, narrative: str) -> None:
    rows = f"wilayah,kategori,uraian\n31.71.01,rumah_ibadat,{narrative}\n"
    page = kua.submit("/intake/import", "/intake/import", {}, {"file": (FILES[1], rows.encode(), "text/csv")}).url.path
    eventually_now(lambda: "/store" in kua.get(page, headers={"accept": "text/html"}).text)
    kua.submit(page, f"{page}/store", {})


def _by_chat(visitor: Visitor, narrative: str) -> None:
    phone = Phone(visitor, PHONES[0], DEVELOPMENT_SECRET)
    phone.write(f"Mau lapor. {narrative} Kejadiannya di Kecamatan Gambir, Jakarta Pusat.", "Gambir")
    Phone(visitor, PHONES[1], DEVELOPMENT_SECRET).write("Bagaimana cara mendirikan rumah ibadat?", "PBM")
    for channel, number in (("sms", SMS_PHONE), ("telegram", TELEGRAM_PERSON)):
        told = {"channel": channel, "number": number, "text": f"Ada spanduk, {narrative} Di Gambir, Jakarta Pusat."}
        assert visitor.post("/simulator/chat/say", data=told).is_success
        address = f"/simulator/chat/{number}?channel={channel}"
        eventually_now(lambda address=address: "Gambir" in visitor.get(address).json()[-1]["text"])  # type: ignore[misc]


def _plant(visit: Visit, marks: list[str]) -> list[str]:
    """Every secret by one of the ways; the receipts, which are secrets, too."""
    visitor, receipts = visit(), []
    for name, contact, place in zip(NAMES, CONTACTS, [*PLACES, None, None], strict=True):
        reporter = {"kind": "citizen", "name": name, "contact": contact, "consent": "2026-11"}
        words = f"Kabar {marks[0]}, hubungi {IN_STORIES[len(receipts)]}."
        more = {"place": f"Rumah dekat balai, {place}"} if place else {}
        receipts.append(post(visitor, "31.71.01", words, reporter=reporter, **more))
    for address in ADDRESSES:
        reporter = {"kind": "citizen", "contact": address, "consent": "2026-11"}
        post(visitor, "31.71.01", f"Kabar {marks[0]}, surat ke {address}.", reporter=reporter)
    for number in IN_STORIES[4:14]:
        post(visitor, "31.71.01", f"Kabar {marks[0]}, nomornya {number}, mohon dibantu.")
    _by_form(visitor, f"Kabar {marks[0]} lewat situs, nomornya {IN_STORIES[14]}.")
    _by_file(visit("kua.gambir"), f"Kabar {marks[1]} dari berkas; NPWP {IN_STORIES[15]}.")
    _by_chat(visitor, f"Massa menolak musala, {marks[0]}.")
    ticket = {"ticket": receipts[0]["ticket"]}
    visitor.post("/intake/track", data={**ticket, "receipt": receipts[0]["receipt"]})
    for text in LATER:
        form = {**ticket, "id": new_id(), "kind": "addition", "text": f"Tambahan: {text}"}
        assert visitor.post("/intake/track/add", data=form).status_code == 200
    return [each["receipt"] for each in receipts]


def _texts(value: Any) -> Iterator[str]:
    """Every text in a document, keys included; bytes as the letters they may be."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield str(name)
            yield from _texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, bytes):
        yield value.decode("latin-1")
    elif isinstance(value, str):
        yield value


async def _bus(stack: Stack) -> list[str]:
    """Every record on every topic."""
    consumer = AIOKafkaConsumer(
        *TOPICS,
        bootstrap_servers=f"127.0.0.1:{stack.ports.kafka}",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    await consumer.start()
    found: list[str] = []
    try:
        ends = await consumer.end_offsets(consumer.assignment())
        while any([await consumer.position(each) < end for each, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                for each in records:
                    headers = [value.decode("latin-1") for _name, value in each.headers]
                    found += [(each.key or b"").decode(), (each.value or b"").decode(), *headers]
    finally:
        await consumer.stop()
    return found


def _everywhere(stack: Stack, visit: Visit, case_id: str) -> Iterator[tuple[str, str]]:
    """Where a secret could have come to, and what stands there."""
    with MongoClient[dict[str, Any]](f"mongodb://127.0.0.1:{stack.ports.mongo}/?replicaSet=rukun") as client:
        for name in (each for each in client.list_database_names() if each.startswith("rukun_")):
            for collection in client[name].list_collection_names():
                for document in client[name][collection].find():
                    yield from ((f"{name}.{collection}", text) for text in _texts(document))
        for entry in client["local"]["oplog.rs"].find({"ns": {"$regex": "^rukun_"}}):
            yield from ((f"oplog of {entry['ns']}", text) for text in _texts([entry["o"], entry.get("o2")]))
    yield from (("bus", text) for text in asyncio.run(_bus(stack)))
    for path in (stack.home / "log").glob("*.log"):
        if path.stem != "simulators":  # they are Meta and the mail server
            yield path.name, path.read_text(errors="replace")
    for service in SERVICES:
        yield f"metrics of {service}", visit().http.get(f"http://127.0.0.1:{stack.ports.of(service)}/metrics").text
    kasi = visit("kasi.jakpus")
    for path in (f"/verification/v1/cases/{case_id}", f"/verification/v1/cases/{case_id}/timeline"):
        yield path, kasi.get(path).text
    for path in ("/verification/", f"/verification/cases/{case_id}", "/notification/", "/integration/v1/feed"):
        yield path, kasi.get(path, headers={"accept": "text/html"}).text


def _finders(secrets: list[str]) -> list[tuple[str, re.Pattern[str]]]:
    """What each is found by: as it was written, and a number whatever stands between its digits."""
    found = []
    for each in secrets:
        digits = re.sub(r"\D", "", each)
        plain = each.isascii() and len(digits) >= 10 and not re.search(r"[a-zA-Z]", each)
        spaced = r"[\s.,:_()–-]*".join(digits.removeprefix("62").removeprefix("0")) if plain else re.escape(each)
        found.append((each, re.compile(spaced)))
    return found


def test_forty_planted_secrets_are_nowhere_but_sealed(stack: Stack, visit: Visit) -> None:
    marks = [mark(), mark()]
    receipts = _plant(visit, marks)
    secrets = [*NAMES, *CONTACTS, *ADDRESSES, *IN_STORIES, *PHONES, *PLACES, *LATER, *FILES, *METADATA, *receipts]
    secrets += [SMS_PHONE, TELEGRAM_PERSON]
    assert len(secrets) >= 40
    case = case_with(visit("kasi.jakpus"), marks[0])
    for each in marks:
        case_with(visit("kasi.jakpus"), each)
    finders = _finders(secrets)
    assert all(pattern.search(each) for each, pattern in finders)
    leaks: set[tuple[str, str]] = set()
    for where, text in _everywhere(stack, visit, case["case_id"]):
        leaks |= {(where, each) for each, pattern in finders if pattern.search(text)}
    assert leaks == set()
    page = visit("kasi.jakpus").get(f"/verification/cases/{case['case_id']}", headers={"accept": "text/html"})
    assert "/intake/originals/" in page.text
