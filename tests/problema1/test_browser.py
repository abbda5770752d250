"""The app as a visitor sees it, in a headless Chromium."""

from __future__ import annotations

import csv
import io
import re
import shutil
import socket
import subprocess
import sys
import urllib.request

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = sync_api.expect
expect.set_options(timeout=120_000)  # milliseconds, on a busy machine

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        CHROMIUM is None, reason="no Chromium on this machine (apt install chromium)"
    ),
]


@pytest.fixture(scope="module")
def address(problema1, tmp_path_factory, wait_until):
    """A running app, started from another folder, on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = (tmp_path_factory.mktemp("app") / "log.txt").open("w+", encoding="utf-8")
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "streamlit", "run", str(problema1 / "analisis.py")),
            *("--server.headless", "true", "--server.port", str(port)),
        ],
        cwd=tmp_path_factory.mktemp("elsewhere"),
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    try:

        def answers() -> bool:
            assert server.poll() is None, "the app ended"
            try:
                urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=10)
            except OSError:
                return False
            return True

        wait_until(answers)
        yield f"http://localhost:{port}"
    finally:
        server.terminate()
        server.wait(60)
        log.seek(0)
        output = log.read()
        log.close()
    assert "Uncaught app exception" not in output, output


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser, address):
    """A page of a new visitor; console errors and requests to elsewhere are collected."""
    complaints: list[str] = []
    page = browser.new_page(viewport={"width": 1280, "height": 900}, locale="es-AR")
    page.set_default_timeout(120_000)

    def note(message):
        if message.type == "error":
            complaints.append(message.text)

    def note_request(request):
        if not request.url.startswith((address, address.replace("http", "ws"), "data:", "blob:")):
            complaints.append(f"request to {request.url}")

    page.on("console", note)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", note_request)
    page.goto(address)
    wait_for_page(page, "Exploración")
    yield page
    page.close()
    assert complaints == []


def wait_for_page(page, name: str) -> None:
    """Wait until a page is there whole, and nothing of the one before is left."""
    expect(page.get_by_role("heading", name=name, exact=True, level=1)).to_be_visible()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def open_page(page, name: str) -> None:
    page.get_by_test_id("stSidebarNav").get_by_text(name).click()
    wait_for_page(page, name)


def wait_for_charts(page, count: int) -> None:
    """Wait until a page holds so many charts and all of them are drawn."""
    charts = page.get_by_test_id("stVegaLiteChart")
    expect(charts).to_have_count(count)
    expect(charts.filter(has=page.locator("svg.marks, canvas.marks"))).to_have_count(count)


def upload(page, name: str, content: bytes) -> None:
    page.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": content}
    )


def test_a_whole_visit(visit, small):
    """Open, upload a CSV, train a few epochs, see the curves, predict, download."""
    page = visit
    page.get_by_role("radio", name="Archivo propio").click()
    upload(page, "mi curso.csv", small.rows.to_csv(index=False).encode())
    expect(page.get_by_text("600 filas").first).to_be_visible()
    page.get_by_role("tab", name="Relaciones").click()
    wait_for_charts(page, 4)

    open_page(page, "Entrenamiento")
    page.get_by_role("spinbutton", name="Épocas (máximo)").fill("4")
    page.get_by_text("Calcular también la curva").click()
    page.get_by_role("button", name="Entrenar").click()
    expect(page.get_by_text("Resultado del último entrenamiento")).to_be_visible()
    wait_for_charts(page, 2)

    open_page(page, "Evaluación")
    expect(page.get_by_text("entrenado en esta visita").first).to_be_visible()
    expect(page.get_by_text("Importancia por permutación")).to_be_visible()

    open_page(page, "Predicción")
    expect(page.get_by_test_id("stMetricValue")).to_have_text(re.compile(r"^\s*\d+,\d puntos\s*$"))
    page.get_by_role("tab", name="Varios, desde un archivo").click()
    with page.expect_download() as example:
        page.get_by_role("button", name="Descargar un ejemplo").click()
    upload(page, "estudiantes.csv", example.value.path().read_bytes())
    expect(page.get_by_text("3 estudiantes")).to_be_visible()
    with page.expect_download() as answer:
        page.get_by_role("button", name="Descargar las predicciones").click()
    text = answer.value.path().read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["Nombre"] for row in rows] == ["Ana", "Benito", "Carla"]
    assert all(float(row["Inferior"]) <= float(row["Prediccion"]) for row in rows)


def test_phone_wide_pages_do_not_scroll_sideways(visit):
    page = visit
    page.set_viewport_size({"width": 390, "height": 800})
    for tab, charts in (("Relaciones", 4), ("Distribuciones", 10), ("Tabla", 1)):
        page.get_by_role("tab", name=tab).click()
        wait_for_charts(page, charts)
        # a chart is drawn once as wide as its data ask for, and then as wide as its place
        page.wait_for_function("document.querySelector('[data-testid=stMain]').scrollWidth <= 390")


HOSTILE = '<img src="x" onerror="window.tocado=1">'


def test_html_in_a_file_shows_as_text(visit, small):
    """In its name, in the names of columns, in cells that are shown and in those refused."""
    page = visit
    named = small.rows.assign(**{HOSTILE: HOSTILE, "Nombre": f"=HYPERLINK(1) {HOSTILE}"})
    page.get_by_role("radio", name="Archivo propio").click()
    upload(page, f"{HOSTILE.replace('/', '')}.csv", named.to_csv(index=False).encode())
    expect(page.get_by_text("600 filas").first).to_be_visible()
    expect(page.get_by_text("<img").first).to_be_visible()
    expect(page.locator("img[src=x]")).to_have_count(0)
    page.get_by_role("tab", name="Tabla").click()
    refused = named.astype({"Hours Studied": object})
    refused.loc[3, "Hours Studied"] = HOSTILE
    upload(page, "roto.csv", refused.to_csv(index=False).encode())
    alert = page.get_by_role("alert").filter(has_text="no son números")
    expect(alert).to_contain_text('«<img src="x" onerror=')
    expect(page.locator("img[src=x]")).to_have_count(0)

    open_page(page, "Predicción")
    page.get_by_role("tab", name="Varios, desde un archivo").click()
    upload(page, "nombres.csv", named.head(3).to_csv(index=False).encode())
    expect(page.get_by_text("3 estudiantes")).to_be_visible()
    with page.expect_download() as answer:
        page.get_by_role("button", name="Descargar las predicciones").click()
    text = answer.value.path().read_text(encoding="utf-8-sig")
    names = [row["Nombre"] for row in csv.DictReader(io.StringIO(text))]
    assert names == [f"'=HYPERLINK(1) {HOSTILE}"] * 3  # no formula for a spreadsheet
    expect(page.locator("img[src=x]")).to_have_count(0)
    assert page.evaluate("window.tocado") is None
