"""Seconds from ``streamlit run`` to the app's first page drawn in a headless Chromium.

    python benchmarks/problema1_app.py [--runs 5]

Beside it, the same server with a page that imports TensorFlow first, as an app does that loads its
network with Keras.
"""

from __future__ import annotations

import argparse
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

APP = Path(__file__).resolve().parents[1] / "Problema1" / "analisis.py"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def seconds_to_first_page(browser: Browser, script: Path) -> float:
    """From the start of the process until heading, table and chart are on the screen."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    started = time.perf_counter()
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "streamlit", "run", str(script)),
            *("--server.headless", "true", "--server.port", str(port)),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    page = browser.new_page()
    try:
        while True:
            try:
                urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=1)
                break
            except OSError:
                time.sleep(0.02)
        page.goto(f"http://localhost:{port}")
        page.get_by_role("heading", name="Exploración").wait_for(timeout=120_000)
        page.get_by_test_id("stVegaLiteChart").first.wait_for(timeout=120_000)
        return time.perf_counter() - started
    finally:
        page.close()
        server.terminate()
        server.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    chromium = next(filter(None, map(shutil.which, BROWSERS)), None)
    ours, usual = [], []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        eager = Path(folder) / "analisis.py"
        eager.write_text(
            f"import sys, runpy\nsys.path.insert(0, {str(APP.parent)!r})\nimport keras\n"
            f"runpy.run_path({str(APP)!r})\n",
            encoding="utf-8",
        )
        shutil.copytree(APP.parent / "views", Path(folder) / "views")
        shutil.copytree(APP.parent / ".streamlit", Path(folder) / ".streamlit")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        seconds_to_first_page(browser, APP)  # fills the disk cache for both
        for _ in range(runs):
            ours.append(seconds_to_first_page(browser, APP))
            usual.append(seconds_to_first_page(browser, eager))
        browser.close()
    for name, values in (("this app", ours), ("importing Keras first", usual)):
        print(
            f"{name:22} median {statistics.median(values):5.2f} s "
            f"({min(values):.2f} to {max(values):.2f}, {runs} runs)"
        )
    print(f"ratio {statistics.median(usual) / statistics.median(ours):.2f}")


if __name__ == "__main__":
    main()
