"""A real browser: the form, the case page and the alert; every page fits a phone and is quiet in the console."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from rukun import catalog
from rukun.up import Stack
from tests import engines

pytestmark = pytest.mark.browser
AXE = Path("node_modules/axe-core/axe.min.js")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(
            executable_path=engines.chromium(), args=[*quiet, "--disable-component-update", "--disable-sync"]
        )
        yield made
        made.close()


class Tab:
    """A page that remembers what its console complained about."""

    def __init__(self, browser: Browser, origin: str, width: int = 360, scripts: bool = True) -> None:
        self.context = browser.new_context(
            base_url=origin, viewport={"width": width, "height": 800}, java_script_enabled=scripts, locale="id-ID"
        )
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def sign_in(self, account: str, service: str = "verification") -> "Tab":
        self.page.goto(f"/{service}/sign-in")
        self.page.locator(f'button[value="{account}"]').click()
        self.page.wait_for_url(re.compile(r"(?!.*oauth2).*"))
        return self

    def fits(self) -> bool:
        wide: bool = self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        return wide


def test_officer_signs_out_here_and_at_the_provider(browser: Browser, stack: Stack) -> None:
    tab = Tab(browser, stack.ports.address).sign_in("kasi.jakpus")
    page = tab.page
    page.goto("/verification/")
    page.locator("details.account summary").click()
    page.get_by_role("button", name="Keluar").click()
    # By way of our own page: the browser lets no form of ours lead to another site.
    page.get_by_role("button", name="Ya, keluar").click()
    page.wait_for_url("**/intake/")
    page.goto("/verification/")
    page.get_by_role("heading", name="Masuk sebagai siapa?").wait_for()
    assert tab.complaints == []


def test_who_must_not_be_seen_leaves_at_once(browser: Browser, stack: Stack) -> None:
    tab = Tab(browser, stack.ports.address)
    tab.context.route("**bmkg.go.id**", lambda route: route.fulfill(body="cuaca", content_type="text/html"))
    for leave in (
        lambda: tab.page.get_by_role("link", name="Tutup cepat").click(),
        lambda: [tab.page.keyboard.press("Escape") for _ in range(3)],
    ):
        tab.page.goto("/intake/track")
        tab.page.goto("/intake/report")
        assert tab.page.title() == "Formulir"
        leave()
        tab.page.wait_for_url("**bmkg.go.id**")
        tab.page.go_back()
        assert tab.page.url.endswith("/intake/track")


def test_villager_reports_and_officer_handles_it(browser: Browser, stack: Stack) -> None:
    origin = stack.ports.address
    citizen = Tab(browser, origin)
    page = citizen.page
    page.goto("/")
    page.get_by_role("link", name="Buat laporan").click()
    page.get_by_label("Apa yang Anda lihat").fill("Massa berkumpul di depan bangunan, ada yang mengancam.")
    page.get_by_label("Di kecamatan apa?").fill("Menteng")
    page.get_by_label("Rumah ibadat").check()
    page.get_by_label("Ancaman", exact=True).check()
    page.get_by_role("button", name="Kirim laporan").click()
    ticket = page.locator("#ticket").inner_text()
    assert re.fullmatch(r"[0-9A-Z]{4}-[0-9A-Z]{4}", ticket)

    officer = Tab(browser, origin, 1280).sign_in("kasi.jakpus")
    page = officer.page
    page.goto("/verification/")
    page.get_by_role("heading", name="Ancaman di Menteng").click()
    page.locator("select[name=verdict]").select_option("terverifikasi")
    page.get_by_label("Seberapa dipercaya sumbernya?").select_option("B")
    page.get_by_label("Seberapa yakin isinya benar?").select_option("2")
    page.get_by_role("button", name="Simpan hasil").click()
    page.get_by_text("Hasil pemeriksaan tersimpan.").wait_for()
    page.locator(".level-2").first.wait_for()

    page.goto("/notification/")
    page.locator("#waiting a", has_text="Menteng").first.click()
    page.get_by_role("button", name="Saya terima dan tangani").click()
    page.get_by_text("Diterima oleh Kasi Bimas Islam").first.wait_for()

    citizen.page.goto(f"/intake/track?ticket={ticket}")
    assert "Terverifikasi" in citizen.page.inner_text("main")
    assert citizen.complaints + officer.complaints == []


def test_office_takes_turns_and_hands_over_on_a_phone(browser: Browser, stack: Stack) -> None:
    tab = Tab(browser, stack.ports.address).sign_in("kua.gambir", "notification")
    page = tab.page
    page.goto("/notification/")
    page.get_by_role("link", name="Siapa yang piket?").click()
    page.get_by_text("Belum ada giliran piket").wait_for()
    for n, box in enumerate(page.locator("input[name=turn]").all(), start=1):
        box.fill(str(n))
    page.get_by_role("button", name="Simpan giliran").click()
    first = page.locator("#turns h3").first.inner_text()
    page.locator("#now").get_by_text(f"Sekarang: {first}").wait_for()
    page.get_by_role("button", name="Alihkan").click()
    page.get_by_text("dialihkan oleh Kepala KUA Gambir").wait_for()
    assert page.locator("#turns h3").first.inner_text() != first
    _look(tab, "duty")
    page.locator("summary", has_text="Atur giliran").click()
    for box in page.locator("input[name=turn]").all():
        box.fill("")
    page.get_by_role("button", name="Simpan giliran").click()
    page.get_by_text("Belum ada giliran piket").wait_for()
    assert tab.complaints == []


def test_form_works_without_javascript(browser: Browser, stack: Stack) -> None:
    page = Tab(browser, stack.ports.address, scripts=False).page
    page.goto("/intake/report")
    page.get_by_label("Apa yang Anda lihat").fill("Ada spanduk penolakan di jalan.")
    page.get_by_label("Di kecamatan apa?").fill("Sukajadi")
    page.get_by_label("Rumah ibadat").check()
    page.get_by_role("button", name="Kirim laporan").click()
    page.get_by_label("Sukajadi, Kota Bandung, Jawa Barat").check()
    page.get_by_role("button", name="Kirim laporan").click()
    assert page.locator("#ticket").is_visible()


def test_queue_shows_a_new_case_by_itself(browser: Browser, stack: Stack) -> None:
    officer = Tab(browser, stack.ports.address).sign_in("pusat")
    page = officer.page
    page.goto("/verification/")
    page.wait_for_load_state("load")
    body = {"region": "31.75.01", "categories": ["pengeras_suara"], "narrative": "Suara terlalu keras sekali."}
    answer = page.request.post("/intake/v1/reports", data={**body, "reporter": {"kind": "anonymous"}})
    assert answer.status == 202
    page.get_by_role("heading", name="Pengeras suara di Matraman").wait_for(timeout=20_000)


ROUND = [
    ("", "intake", ["/intake/", "/intake/report", "/intake/track", "/intake/faq", "/integration/developers"]),
    (
        "kua.gambir",
        "verification",
        [
            "/verification/",
            "/notification/",
            "/escalation/",
            "/notification/directives",
            "/notification/duty",
            "/intake/import",
        ],
    ),
    (
        "pusat",
        "verification",
        [
            "/verification/",
            "/escalation/",
            "/escalation/watch",
            "/escalation/brief",
            "/escalation/areas/31.71",
            "/notification/directives",
            "/notification/policies",
            "/intake/identities",
            "/intake/consultations",
        ],
    ),
    ("admin", "integration", ["/integration/", "/notification/directory", "/notification/duty?office=31.71.01"]),
    ("dpo", "intake", ["/intake/identities"]),
    ("mitra", "integration", ["/integration/"]),
]


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize(("account", "service", "paths"), ROUND, ids=[each[0] or "public" for each in ROUND])
def test_page_fits_is_quiet_and_accessible(
    browser: Browser, stack: Stack, account: str, service: str, paths: list[str], width: int
) -> None:
    tab = Tab(browser, stack.ports.address, width)
    if account:
        tab.sign_in(account, service)
    first = tab.page.locator("a.row[href*='/cases/'], a.row[href*='/alerts/']").first
    for path in paths:
        tab.page.goto(path)
        _look(tab, path)
        if first.count():
            first.click()
            _look(tab, f"{path} → first")
    assert tab.complaints == []


@pytest.mark.parametrize(("account", "service", "paths"), ROUND, ids=[each[0] or "public" for each in ROUND])
def test_page_is_whole_in_english(browser: Browser, stack: Stack, account: str, service: str, paths: list[str]) -> None:
    tab = Tab(browser, stack.ports.address)
    tab.page.goto("/intake/")
    tab.page.get_by_role("link", name="English").click()
    if account:
        tab.sign_in(account, service)
    first = tab.page.locator("a.row[href*='/cases/'], a.row[href*='/alerts/']").first
    for path in paths:
        tab.page.goto(path)
        _is_english(tab, path)
        if first.count():
            first.click()
            _is_english(tab, f"{path} → first")
    tab.page.get_by_role("link", name="Bahasa Indonesia").click()
    assert tab.page.locator("html").get_attribute("lang") == "id"


_INDONESIAN = sorted(text for text in catalog.sentences() if len(text.split()) > 3)


def _is_english(tab: Tab, path: str) -> None:
    assert tab.page.locator("html").get_attribute("lang") == "en", path
    shown = tab.page.inner_text("body")
    assert [each for each in _INDONESIAN if each in shown] == [], path


def _look(tab: Tab, path: str) -> None:
    """Whether a page fits and anybody can use it, on a light and on a dark screen."""
    assert tab.fits(), path
    # The policy of our pages forbids foreign scripts; the checker runs in the browser's own isolated world.
    found = tab.context.new_cdp_session(tab.page)
    source = AXE.read_text()
    world = found.send(
        "Page.createIsolatedWorld", {"frameId": found.send("Page.getFrameTree")["frameTree"]["frame"]["id"]}
    )
    context = world["executionContextId"]
    found.send("Runtime.evaluate", {"expression": source, "contextId": context})
    wanted = "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']}).then(r => JSON.stringify(r.violations.map(v => v.id + ': ' + v.nodes[0].html)))"
    for scheme in ("dark", "light"):
        # Without motion: colours that still change have no contrast yet.
        tab.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        asked = {"expression": wanted, "contextId": context, "awaitPromise": True}
        assert found.send("Runtime.evaluate", asked)["result"]["value"] == "[]", (path, scheme)
