"""Problem 1's app with many visitors at once: page times, memory, and whether visits mix.

    python benchmarks/problema1_load.py [--visitors 20] [--minutes 3] [--leave 180] [--json]

Each visitor is a session of its own in a headless Chromium, uploads a CSV of its own length and
name, and goes from page to page; every fourth one also trains. A visit in which another's file
name shows, or whose own data are gone, is a fault.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from playwright.async_api import Browser, Page, async_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Problema1"))

from student_performance import simulate

PROBLEM = Path(__file__).resolve().parents[1] / "Problema1"

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PAGES = ("Evaluación", "Predicción", "Exploración")
TRAINS = 4  # every so many visitors one trains
PATIENCE = 120_000  # milliseconds


@dataclass
class Findings:
    """What was seen: seconds of each kind of action, megabytes, and what went wrong."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    memory: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    trainings: int = 0


def file_name(visitor: int) -> str:
    return f"curso-{visitor:02d}.csv"


def rows_of(visitor: int) -> int:
    return 200 + 7 * visitor


class Visitor:
    """One session, from its arrival to its leaving."""

    def __init__(self, number: int, of: int, findings: Findings):
        self._number = number
        self._others = [file_name(each) for each in range(of) if each != number]
        self._findings = findings

    async def visit(self, browser: Browser, address: str, until: float) -> None:
        context = await browser.new_context(locale="es-AR")
        page = await context.new_page()
        page.set_default_timeout(PATIENCE)
        try:
            await self._timed("arrive", self._arrive(page, address))
            await self._timed("upload", self._upload(page))
            if self._number % TRAINS == 0:
                await self._timed("train", self._train(page))
                self._findings.trainings += 1
            while time.monotonic() < until:
                for name in PAGES:
                    await self._timed("page", self._open(page, name))
                await self._own_rows(page)
                await self._check(page)
        except Exception as error:  # one visitor's trouble is a finding, not the end
            reason = str(error).splitlines()[0]
            self._findings.faults.append(f"{file_name(self._number)}: {reason}")
        finally:
            await context.close()

    async def _timed(self, kind: str, action) -> None:
        began = time.perf_counter()
        await action
        self._findings.seconds.setdefault(kind, []).append(time.perf_counter() - began)

    async def _arrive(self, page: Page, address: str) -> None:
        await page.goto(address)
        await page.get_by_role("heading", name="Exploración").wait_for()

    async def _upload(self, page: Page) -> None:
        config = simulate.Simulation(rows_of(self._number), duplicated=2, seed=self._number)
        content = simulate.simulate(config).to_csv(index=False).encode()
        await page.get_by_role("radio", name="Archivo propio").click()
        await page.locator("input[type=file]").set_input_files(
            {"name": file_name(self._number), "mimeType": "text/csv", "buffer": content}
        )
        await self._own_rows(page)

    async def _own_rows(self, page: Page) -> None:
        await page.get_by_text(f"{rows_of(self._number)} filas").first.wait_for()

    async def _open(self, page: Page, name: str) -> None:
        await page.get_by_test_id("stSidebarNav").get_by_text(name).click()
        await page.get_by_role("heading", name=name, exact=True, level=1).wait_for()
        running = page.get_by_test_id("stStatusWidget")
        await running.wait_for(state="detached")

    async def _train(self, page: Page) -> None:
        await self._open(page, "Entrenamiento")
        await page.get_by_role("spinbutton", name="Épocas (máximo)").fill("4")
        await page.get_by_text("Calcular también la curva").click()
        await page.get_by_role("button", name="Entrenar").click()
        await page.get_by_text("Resultado del último entrenamiento").wait_for()
        await self._open(page, "Evaluación")
        await page.get_by_text("entrenado en esta visita").first.wait_for()

    async def _check(self, page: Page) -> None:
        text = await page.inner_text("body")
        for other in self._others:
            if other in text:
                self._findings.faults.append(f"{file_name(self._number)} sees {other}")


def memory(server: psutil.Process) -> float:
    """Megabytes of the server and of the process that trains for it."""
    total = 0
    for process in [server, *server.children(recursive=True)]:
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total / 2**20


async def watch(server: psutil.Process, findings: Findings) -> None:
    while True:
        findings.memory.append(memory(server))
        await asyncio.sleep(1)


async def load(visitors: int, minutes: float, leave: float) -> dict:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://localhost:{port}"
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "streamlit", "run", str(PROBLEM / "analisis.py")),
            *("--server.headless", "true", "--server.port", str(port)),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    server, findings = psutil.Process(process.pid), Findings()
    try:
        while not answers(address):
            time.sleep(0.2)
        chromium = next(filter(None, map(shutil.which, BROWSERS)), None)
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
            )
            # one visit first: what every visit shares is loaded then
            await Visitor(0, 1, Findings()).visit(browser, address, 0)
            alone = memory(server)
            watching = asyncio.create_task(watch(server, findings))
            until = time.monotonic() + 60 * minutes
            await asyncio.gather(
                *(
                    Visitor(number, visitors, findings).visit(browser, address, until)
                    for number in range(visitors)
                )
            )
            watching.cancel()
            await browser.close()
        time.sleep(leave)  # Streamlit keeps a session for a while, in case its visitor comes back
        left = memory(server)
    finally:
        process.terminate()
        process.wait()
    return {
        "visitors": visitors,
        "minutes": minutes,
        "trainings": findings.trainings,
        "seconds": {
            kind: {
                "n": len(values),
                "median": statistics.median(values),
                "p95": sorted(values)[int(0.95 * (len(values) - 1))],
                "max": max(values),
            }
            for kind, values in findings.seconds.items()
        },
        "memory_mib": {"one visit": alone, "peak": max(findings.memory), "after": left},
        "mib_per_visitor": (max(findings.memory) - alone) / visitors,
        "faults": findings.faults,
    }


def answers(address: str) -> bool:
    try:
        urllib.request.urlopen(f"{address}/_stcore/health", timeout=2)
    except OSError:
        return False
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--visitors", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--leave", type=float, default=180, help="seconds to wait at the end")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    found = asyncio.run(load(arguments.visitors, arguments.minutes, arguments.leave))
    if arguments.json:
        print(json.dumps(found))
        return bool(found["faults"])
    for kind, each in found["seconds"].items():
        print(
            f"{kind:8} n {each['n']:5}  median {each['median']:6.2f} s  p95 {each['p95']:6.2f} s  "
            f"max {each['max']:6.2f} s"
        )
    for name, each in found["memory_mib"].items():
        print(f"memory, {name:10} {each:7.0f} MiB")
    print(f"per visitor        {found['mib_per_visitor']:7.1f} MiB")
    print(f"trainings {found['trainings']}, faults {len(found['faults'])}")
    for fault in found["faults"]:
        print(fault)
    return bool(found["faults"])


if __name__ == "__main__":
    sys.exit(main())
