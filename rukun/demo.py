"""The story: a rumour about a house of worship in one kecamatan, from eight reports to its end.

Everything goes through what the public, officials and partners use: HTTP, forms, signed webhooks. It waits where a
service is away, and asks again without doing anything twice.
"""

import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
from rich.console import Console

from chassis.language import _
from rukun import samples
from rukun.client import Away, Visitor
from rukun.phone import Phone
from rukun.receiver import Partner
from rukun.up import is_running_from
from services.intake.settings import IntakeSettings

console = Console(soft_wrap=True, highlight=False)
_PATIENCE_SECONDS = 120
_COMING_UP_SECONDS = 300
_REGION = "31.71.01"
_SEEN = (
    "Sore tadi kira-kira empat puluh orang berkumpul di Jalan Contoh 5, menolak bangunan yang mau jadi rumah ibadat.",
    "Ada yg ngancam mau balik lagi kalau kegiatan di bangunan Jalan Contoh gak berhenti, warga takut.",
    "Beredar kabar di grup RW bahwa bangunan di Jalan Contoh 5 jadi rumah ibadat tanpa izin, lalu massa datang.",
    "Saya lihat sendiri kerumunan di depan bangunan itu, mereka minta ibadah dihentikan malam ini juga.",
    "Massa berkumpul menolak rumah ibadat di Jalan Contoh 5, mohon petugas segera datang menengahi.",
    "Laporan penyuluh: penolakan rumah ibadat di Jalan Contoh 5, sekitar 40 orang, situasi mulai tegang.",
)


class Story:
    """The people of the story and what they have seen so far."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.mark = uuid4().hex[:6]
        self.began = time.monotonic()
        self.public = Visitor(origin)
        self.kua = Visitor(origin)
        self.kasi = Visitor(origin)
        self.admin = Visitor(origin)
        self.partner = Partner()
        self.tickets: list[str] = []
        self.case_id = ""
        self.alert_id = ""
        self.phones: list[Phone] = []

    def tell(self, words: str) -> None:
        """A line of the story with its time."""
        console.print(f"[dim]{time.monotonic() - self.began:6.1f} s[/]  {words}")

    def wait(self, what: str, look: Callable[[], Any]) -> Any:
        """Look until there is something, showing what is waited for."""
        until = time.monotonic() + _PATIENCE_SECONDS
        with console.status(_("Menunggu {what} …").format(what=what)):
            while time.monotonic() < until:
                if found := look():
                    return found
                time.sleep(0.1)
        raise Away(_("{what}: tidak terjadi dalam {seconds} detik").format(what=what, seconds=_PATIENCE_SECONDS))

    def close(self) -> None:
        """Put everything away."""
        for each in (self.public, self.kua, self.kasi, self.admin):
            each.close()
        self.partner.close()


def play(origin: str, home: Path) -> None:
    """Play it; start Rukun first where it does not run."""
    own = None if _comes_up(origin, home) else start(origin, home)
    story = Story(origin)
    try:
        for step in (
            _prepare,
            _reports,
            _case,
            _hoax,
            _question,
            _verify,
            _alert,
            _handle,
            _followers,
            _where,
        ):
            step(story)
    except (Away, httpx2.HTTPError, KeyError, StopIteration) as error:
        console.print(
            _("[red]Cerita berhenti: {error}[/]\nLihat catatan di {home}/log, lalu coba lagi: make demo").format(
                error=error, home=home
            )
        )
        raise SystemExit(1) from None
    finally:
        story.close()
        if own:
            own.terminate()
            own.wait(30)


def _comes_up(origin: str, home: Path) -> bool:
    """Whether Rukun runs; where it is just coming up, wait until it does. The front page answers before the house is
    ready, and the lock is there before the front page."""
    if _ready(origin):
        return True
    if not is_running_from(home) and not _answers(origin):
        return False
    with console.status(_("Rukun sedang menyala; menunggu sampai siap …")):
        until = time.monotonic() + _COMING_UP_SECONDS
        while time.monotonic() < until:
            if _ready(origin):
                return True
            time.sleep(0.3)
    raise SystemExit(_("Rukun menyala tetapi belum siap. Lihat terminal `make up`, lalu coba lagi: make demo"))


def _answers(origin: str) -> bool:
    try:
        return httpx2.get(f"{origin}/intake/health/live", timeout=2).status_code == 200
    except httpx2.HTTPError:
        return False


def start(origin: str, home: Path) -> subprocess.Popen[bytes] | None:
    """Our own Rukun; None where another `make up` of this folder took the lock before ours, and is ready now."""
    console.print(_("Rukun belum menyala; dinyalakan dahulu untuk cerita ini."))
    process = subprocess.Popen([sys.executable, "-m", "rukun.cli", "up", "--home", str(home)], stdout=subprocess.PIPE)
    while process.poll() is None:  # `up` itself gives up where nothing moves
        if (home / "seeded").exists() and _ready(origin):
            return process
        time.sleep(0.3)
    if _comes_up(origin, home):
        return None
    raise SystemExit(_("Rukun tidak mau menyala. Jalankan `make up` untuk melihat sebabnya."))


def _ready(origin: str) -> bool:
    names = ("intake", "verification", "escalation", "notification", "integration")
    try:
        return all(httpx2.get(f"{origin}/{n}/health/ready", timeout=2).status_code == 200 for n in names)
    except httpx2.HTTPError:
        return False


def _prepare(story: Story) -> None:
    console.rule(_("Persiapan"))
    story.admin.sign_in("admin", "notification")
    samples.fill_directory(story.admin)
    story.admin.sign_in("admin", "integration")
    made = story.admin.submit(
        "/integration/", "/integration/partners", {"name": f"Sistem mitra {story.mark}", "account": "mitra"}
    )
    page = made.text
    partner_id = re.findall(r"/integration/partners/([0-9a-f-]{36})/token", page)[-1]
    subscribed = story.admin.submit(
        f"/integration/partners/{partner_id}",
        f"/integration/partners/{partner_id}/subscriptions",
        {"url": story.partner.url, "subjects": ["cases", "levels", "alerts"], "regions": "31.71"},
    )
    story.partner.secret = re.search(r'id="secret">([^<]+)<', subscribed.text)[1]  # type: ignore[index]
    story.kua.sign_in("kua.gambir")
    story.kasi.sign_in("kasi.jakpus", "notification")
    story.tell(_("Direktori pejabat terisi; satu sistem mitra berlangganan kasus Jakarta Pusat."))


def _reports(story: Story) -> None:
    console.rule(_("Delapan laporan"))
    secret = IntakeSettings().whatsapp_app_secret.get_secret_value()
    for number, act in (("6281000000011", "massa_berkumpul"), ("6281000000012", "ancaman")):
        phone = Phone(story.public, number, secret)
        story.phones.append(phone)
        story.tickets.append(_by_whatsapp(phone, _SEEN[len(story.phones) - 1], act))
        story.tell(_("WhatsApp: tiga pesan, tiket {ticket}").format(ticket=story.tickets[-1]))
    for words, place in zip(_SEEN[2:4], ("Jalan Contoh 5", "Jalan Contoh"), strict=True):
        story.tickets.append(_by_form(story, words, place))
        story.tell(_("Formulir web: tiket {ticket}").format(ticket=story.tickets[-1]))
    for count in (1, 2):
        story.tickets.append(
            _by_api(story, _SEEN[4], ["rumah_ibadat"], ["massa_berkumpul"], f"{story.mark}-twin-{count}")
        )
        story.tell(
            _("API: tiket {ticket}").format(ticket=story.tickets[-1])
            + (_(" (kembaran dari yang sebelumnya)") if count == 2 else "")
        )
    hoax = "Katanya ada kiriman suara bahwa air sumur di pasar diracuni kelompok tertentu, sebarkan!"
    story.tickets.append(_by_api(story, hoax, ["hoaks_provokasi"], ["rumor"], f"{story.mark}-hoax"))
    story.tell(_("API: tiket {ticket} (akan terbukti hoaks)").format(ticket=story.tickets[-1]))
    story.tickets.append(_by_spreadsheet(story, f"{_SEEN[5]} ({story.mark})"))
    story.tell(_("Lembar kerja: satu baris, tiket {ticket}").format(ticket=story.tickets[-1]))


def _by_whatsapp(phone: Phone, words: str, act: str) -> str:
    """Three messages: the story, what the words do not say, and off."""
    if "belum dikirim" in phone.write("menu"):  # what a demo that was interrupted left
        phone.write("batal", "dibatalkan")
    answer = phone.write(f"Di kecamatan Gambir, Jakarta Pusat: {words}", "Tempat: Gambir")
    phone.choose(act if "Periksa laporan" in answer else "rumah_ibadat", "Periksa laporan")
    return _ticket(phone.choose("kirim_boleh", "Nomor tiket"))


def _ticket(text: str) -> str:
    found = re.search(r"\b[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}\b", text)
    if found is None:
        raise Away(f"no ticket in: {text[:80]}")
    return found[0]


def _by_form(story: Story, words: str, place: str) -> str:
    page = story.public.get("/intake/report", headers={"accept": "text/html"}).text
    idempotency = re.search(r'name="idempotency" value="([^"]+)"', page)[1]  # type: ignore[index]
    data = {
        "idempotency": idempotency,
        "region_text": "Gambir",
        "narrative": words,
        "place": place,
        "when": "today",
        "categories": ["rumah_ibadat"],
        "acts": ["massa_berkumpul"],
        "involved": "40",
        "kind": "anonymous",
    }
    done = story.public.post("/intake/report", data=data, headers={"accept": "text/html"})
    return _ticket(re.search(r'id="ticket">([^<]+)<', done.text)[1])  # type: ignore[index]


def _by_api(story: Story, words: str, categories: list[str], acts: list[str], key: str) -> str:
    body = {
        "region": _REGION,
        "categories": categories,
        "narrative": words,
        "acts": acts,
        "reporter": {"kind": "anonymous"},
    }
    done = story.public.post("/intake/v1/reports", json=body, headers={"idempotency-key": key})
    return str(done.raise_for_status().json()["ticket"])


def _by_spreadsheet(story: Story, words: str) -> str:
    table = f"wilayah;kategori;uraian;tindakan\n{_REGION};rumah_ibadat;{words};massa_berkumpul\n"
    files = {"file": ("laporan.csv", table.encode(), "text/csv")}
    page = story.kua.submit("/intake/import", "/intake/import", {}, files).url.path
    _until(story, page, "/store")
    story.kua.submit(page, f"{page}/store", {})
    return _ticket(_until(story, page, "✓"))


def _until(story: Story, page: str, words: str) -> str:
    """The page of an import once it says so: it works in the background."""

    def look() -> str:
        text = story.kua.get(page, headers={"accept": "text/html"}).text
        return text if words in text else ""

    return str(story.wait(_("impor berkas"), look))


def _cases(story: Story) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = story.kua.get("/verification/v1/cases").raise_for_status().json()["cases"]
    return found


def _whole(story: Story, case_id: str) -> dict[str, Any]:
    found: dict[str, Any] = story.kua.get(f"/verification/v1/cases/{case_id}").raise_for_status().json()
    return found


def _with_ticket(story: Story, ticket: str) -> dict[str, Any] | None:
    for case in _cases(story):
        whole = _whole(story, case["case_id"])
        if any(each["report"]["ticket"] == ticket for each in whole["reports"]):
            return whole
    return None


def _case(story: Story) -> None:
    console.rule(_("Menjadi kasus"))

    def all_seven() -> dict[str, Any] | None:
        case = _with_ticket(story, story.tickets[0])
        mine = {each["report"]["ticket"] for each in case["reports"]} if case else set()
        return case if len(mine & set(story.tickets)) == 7 else None

    case = story.wait(_("tujuh laporan menjadi satu kasus"), all_seven)
    story.case_id = case["case_id"]
    mine = [each for each in case["reports"] if each["report"]["ticket"] in story.tickets]
    twins = sum(each["nearly_the_same"] for each in mine)
    story.tell(
        _("Kasus {number}: {title}, 7 laporan, {twins} di antaranya hampir sama dengan yang lain.").format(
            number=case["number"], title=case["title"], twins=twins
        )
    )
    first = story.wait(_("tingkat pertama"), lambda: (c := _whole(story, story.case_id))["level"] > 0 and c)
    story.tell(
        _("Tingkat {level} (belum diperiksa): {sentence}").format(level=first["level"], sentence=first["sentence"])
    )


def _do(story: Story, case_id: str, step: str, body: dict[str, Any], done: Callable[[dict[str, Any]], bool]) -> None:
    """Give a command once: after an interruption look first whether it arrived."""
    answer = story.kua.post(f"/verification/v1/cases/{case_id}/{step}", json=body)
    if answer.status_code == 409 and done(_whole(story, case_id)):
        return
    answer.raise_for_status()


def _hoax(story: Story) -> None:
    case = story.wait(_("kasus hoaks"), lambda: _with_ticket(story, story.tickets[6]))
    check = {"verdict": "hoaks", "source_grade": "E", "information_grade": 5, "note": "Sudah dicek ke pasar."}
    _do(story, case["case_id"], "verify", check, lambda each: each["verdict"] == "hoaks")
    story.tell(_("Kasus {number} diperiksa: hoaks, langsung ditutup.").format(number=case["number"]))


def _question(story: Story) -> None:
    console.rule(_("Tanya pelapor"))
    office = {"to": "KUA Gambir"}
    _do(story, story.case_id, "assign", office, lambda each: each["status"] == "diperiksa")
    reports = _whole(story, story.case_id)["reports"]
    asked = next(each for each in reports if each["report"]["ticket"] == story.tickets[0])
    question = {
        "report_id": asked["_id"],
        "text": "Apakah massa masih berkumpul sekarang?",
        "expects_answer": True,
    }
    _do(story, story.case_id, "ask", question, lambda each: each["messages_waiting"] > 0)
    received = story.phones[0].receive("Tentang laporan")
    story.tell(_("Pertanyaan sampai di WhatsApp pelapor: “{text}”").format(text=received.splitlines()[-3]))
    story.phones[0].write("Sudah bubar, tetapi ada yang mengancam akan kembali nanti malam.", "Terima kasih")
    story.wait(
        _("jawaban pelapor"),
        lambda: any(each["answers"] for each in _whole(story, story.case_id)["reports"]),
    )
    story.tell(_("Jawabannya tercatat pada kasus; petugas tidak pernah melihat nomornya."))


def _verify(story: Story) -> None:
    console.rule(_("Diperiksa"))
    check = {
        "verdict": "terverifikasi",
        "source_grade": "B",
        "information_grade": 2,
        "acts": ["massa_berkumpul", "ancaman"],
        "note": "Dicek di lapangan bersama penyuluh.",
    }
    _do(story, story.case_id, "verify", check, lambda each: each["verdict"] == "terverifikasi")
    story.tell(_("Kepala KUA mencatat: terverifikasi, massa berkumpul dan ancaman."))
    case = story.wait(_("tingkat Siaga"), lambda: (c := _whole(story, story.case_id))["level"] == 2 and c)
    story.tell(_("Tingkat 2 Siaga: {sentence}").format(sentence=case["sentence"]))


def _alert(story: Story) -> None:
    console.rule(_("Peringatan"))

    def mine() -> dict[str, Any] | None:
        found = story.kasi.get("/notification/v1/alerts").raise_for_status().json()["alerts"]
        return next((each for each in found if each["case_id"] == story.case_id and each["level"] == 2), None)

    alert = story.wait(_("peringatan di kotak masuk Kasi"), mine)
    story.alert_id = alert["alert_id"]

    def all_sent() -> dict[str, Any] | None:
        found: dict[str, Any] = story.kasi.get(f"/notification/v1/alerts/{story.alert_id}").raise_for_status().json()
        hops = found["deliveries"]
        return found if hops and all(each["status"] in ("sent", "delivered", "read") for each in hops) else None

    alert = story.wait(_("semua saluran"), all_sent)
    for each in alert["deliveries"]:
        story.tell(_("Terkirim: {channel:9} kantor {office}").format(channel=each["channel"], office=each["office"]))
    answer = story.kasi.post(f"/notification/v1/alerts/{story.alert_id}/acknowledge")
    if answer.status_code != 409:
        answer.raise_for_status()
    story.tell(_("Kasi Bimas Islam menekan “Saya terima”; tangga peringatan berhenti."))


def _handle(story: Story) -> None:
    console.rule(_("Ditangani"))
    act = {"text": "Musyawarah di kelurahan bersama FKUB dan Polsek; disepakati menunggu izin."}
    _do(story, story.case_id, "actions", act, lambda each: each["status"] == "ditangani")
    story.tell(_("Tindakan dicatat: musyawarah bersama FKUB."))
    ending = {"outcome": "disepakati", "note": "Keadaan tenang."}
    _do(story, story.case_id, "close", ending, lambda each: each["status"] == "ditutup")
    story.tell(_("Kasus ditutup: ada kesepakatan."))
    bot = story.phones[0].write(story.tickets[0], "Laporan")
    while "Ditutup" not in bot:
        time.sleep(0.5)
        bot = story.phones[0].write(story.tickets[0], "Laporan")
    story.tell(_("Pelapor bertanya lewat WhatsApp: “{text}”").format(text=bot))


def _followers(story: Story) -> None:
    console.rule(_("Mitra"))

    def closed() -> bool:
        return any(
            each["data"].get("case_id") == story.case_id and each["data"].get("status") == "ditutup"
            for each in story.partner.received
        )

    story.wait(_("mitra menerima akhir kasus"), closed)
    about = [each for each in story.partner.received if each["data"].get("case_id") == story.case_id]
    states = [each["data"]["status"] for each in about if "status" in each["data"]]
    alerts = [each["data"]["state"] for each in about if "state" in each["data"]]
    story.tell(
        _("Mitra menerima {count} kiriman bertanda tangan sah, {refused} ditolak.").format(
            count=len(about), refused=story.partner.refused
        )
    )
    story.tell(
        _("Keadaan kasus: {states}; peringatan: {alerts}").format(
            states=" → ".join(dict.fromkeys(states)), alerts=", ".join(dict.fromkeys(alerts))
        )
    )
    region = about[0]["data"]["region"]
    story.tell(_("Wilayah disamarkan menjadi {region}; tanpa cerita, tanpa nama, tanpa nomor.").format(region=region))


def _where(story: Story) -> None:
    console.rule(_("Lihat sendiri"))
    for name, path in (
        (_("Kasus (masuk sebagai kua.gambir)"), f"/verification/cases/{story.case_id}"),
        (_("Peringatan (kasi.jakpus)"), f"/notification/alerts/{story.alert_id}"),
        (_("Wilayah (kabid.dki)"), "/escalation/"),
        (_("Mitra (admin)"), "/integration/"),
        (_("Percakapan WhatsApp"), f"/simulator/chat?number={story.phones[0].number}"),
        (_("Surat keluar"), "/simulator/mail"),
        (_("Lacak laporan"), f"/intake/track?ticket={story.tickets[0]}"),
    ):
        console.print(f"  {name:34} {story.origin}{path}")
