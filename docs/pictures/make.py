"""Takes the pictures of the documentation from the running program: `make up`, `make demo`, then this.

.venv/bin/python docs/pictures/make.py
"""

import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

from rukun.ports import from_environment

HERE = Path(__file__).parent
_QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


def main() -> None:
    """One picture a page."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=_QUIET)
        context = browser.new_context(
            base_url=from_environment().address, viewport={"width": 1100, "height": 760}, locale="id-ID"
        )
        page = context.new_page()
        page.goto("/verification/sign-in")
        page.locator('button[value="kua.gambir"]').click()
        page.goto("/verification/?status=ditutup")
        page.get_by_role("heading", name="Rumah ibadat di Gambir").first.click()
        page.wait_for_load_state("load")
        page.screenshot(path=HERE / "case.png")
        browser.close()


if __name__ == "__main__":
    main()
