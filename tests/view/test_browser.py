"""The page in a real browser, where one is installed: its scripts pass its own policy."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from sim.view.report import write_report

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.mark.skipif(BROWSER is None, reason="no Chromium installed")
def test_the_page_runs_under_its_own_policy(outputs: Path, tmp_path: Path) -> None:
    page = write_report(outputs)
    assert BROWSER is not None
    done = subprocess.run(
        [
            BROWSER,
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            f"--user-data-dir={tmp_path / 'profile'}",
            "--enable-logging=stderr",
            "--dump-dom",
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert not re.findall(r"CONSOLE.*", done.stderr)
    # the page's script has run: it shows the button, which the file hides
    button = re.search(r'<button id="explorer-open"[^>]*>', done.stdout)
    assert button is not None
    assert "hidden" not in button.group()
    assert 'type="button" hidden' in page.read_text(encoding="utf-8")
