"""Problem 1's app with many visitors at once: page times, memory, and whether visits mix.

    python benchmarks/problema1_load.py [--visitors 20] [--minutes 3] [--think 5] [--waves 2]
        [--leave 150] [--json]

Each visitor is a session of its own in a headless Chromium, comes within the first half minute,
uploads a CSV of its own length and name, and goes from page to page, some seconds on each; every
fourth one also trains. A visit in which another's file name shows, or whose own data are gone, is a
fault. The browsers run on the same machine, so that a page's time is mostly theirs: the processor
time of both is told. What a wave of visitors leaves in memory shows in what the next one adds.
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
ARRIVAL = 30  # seconds in which all of them come


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

    def __init__(self, number: int, of: int, think: float, findings: Findings):
        self._number = number
        self._think = think
        self._delay = ARRIVAL * number / of
        self._others = [file_name(each) for each in range(of) if each != number]
        self._findings = findings

    async def visit(self, browser: Browser, address: str, until: float) -> None:
        await asyncio.sleep(self._delay)
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
                    await asyncio.sleep(self._think)
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


def processor_seconds(processes: list[psutil.Process]) -> float:
    """What the processes have used so far."""
    total = 0.0
    for process in processes:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total


def serve() -> tuple[subprocess.Popen, str]:
    """The app's process and its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "streamlit", "run", str(PROBLEM / "analisis.py")),
            *("--server.headless", "true", "--server.port", str(port)),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return process, f"http://localhost:{port}"


async def load(visitors: int, minutes: float, think: float, waves: int, leave: float) -> dict:
    """Let visitors come in waves; what was measured, for JSON."""
    process, address = serve()
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
            await Visitor(0, 1, 0, Findings()).visit(browser, address, 0)
            alone, left = memory(server), []
            watching = asyncio.create_task(watch(server, findings))
            family = [server, *server.children(recursive=True)]
            seconds, used = 0.0, 0.0  # of the clock and of the server's processors, while visited
            for _ in range(waves):
                began = time.monotonic(), processor_seconds(family)
                until = began[0] + 60 * minutes
                await asyncio.gather(
                    *(
                        Visitor(number, visitors, think, findings).visit(browser, address, until)
                        for number in range(visitors)
                    )
                )
                seconds += time.monotonic() - began[0]
                used += processor_seconds(family) - began[1]
                # Streamlit keeps a session for a while, in case its visitor comes back
                await asyncio.sleep(leave)
                left.append(memory(server))
            watching.cancel()
            await browser.close()
    finally:
        process.terminate()
        process.wait()
    return {
        "visitors": visitors,
        "minutes": minutes,
        "think_seconds": think,
        "waves": waves,
        "server_processor_share": used / seconds,
        "mib_per_visitor": (max(findings.memory) - alone) / visitors,
        "memory_mib": {
            "one visit": alone,
            "peak": max(findings.memory),
            **{f"left by {number}": each for number, each in enumerate(left, 1)},
        },
        **summary(findings),
    }


def summary(findings: Findings) -> dict:
    """What was seen, for JSON."""
    return {
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
    parser.add_argument("--think", type=float, default=5, help="seconds on each page")
    parser.add_argument("--waves", type=int, default=2, help="times that all of them come")
    parser.add_argument("--leave", type=float, default=150, help="seconds after each wave")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    result = asyncio.run(
        load(
            *(arguments.visitors, arguments.minutes, arguments.think),
            *(arguments.waves, arguments.leave),
        )
    )
    if arguments.json:
        print(json.dumps(result))
        return bool(result["faults"])
    for kind, each in result["seconds"].items():
        print(
            f"{kind:8} n {each['n']:5}  median {each['median']:6.2f} s  p95 {each['p95']:6.2f} s  "
            f"max {each['max']:6.2f} s"
        )
    for name, each in result["memory_mib"].items():
        print(f"memory, {name:10} {each:7.0f} MiB")
    print(f"per visitor        {result['mib_per_visitor']:7.1f} MiB")
    print(f"server's share of one core {result['server_processor_share']:.2f}")
    print(f"trainings {result['trainings']}, faults {len(result['faults'])}")
    for fault in result["faults"]:
        print(fault)
    return bool(result["faults"])


if __name__ == "__main__":
    sys.exit(main())
