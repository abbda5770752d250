"""``train.py`` as a student runs it, from another folder."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

from student_performance import inference

REQUIRED = {
    *("r2", "rmse", "mae", "ols_r2", "ols_rmse", "ols_mae"),
    *("interval_level", "interval_coverage", "interval_width", "fit_seconds"),
    *("n_train", "n_test", "repeated", "seed", "data"),
}
NATIVE_NOTES = ("oneDNN", "cudart", "cuInit", "absl::", "warn")


def run(arguments: list[str], folder: Path) -> subprocess.CompletedProcess:
    """A process of its own; no note of a native library may show in its standard error."""
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, encoding="utf-8", cwd=folder, timeout=240
    )
    assert not [note for note in NATIVE_NOTES if note.casefold() in done.stderr.casefold()]
    return done


@pytest.fixture
def script(problema1):
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("train_script", problema1 / "train.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def train(script, tmp_path, monkeypatch, capfd):
    """Exit code, standard output and standard error of the script, in this process."""

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["train.py", *map(str, arguments)])
        try:
            code = script.main()
        except SystemExit as ended:
            code = ended.code
        return code, *capfd.readouterr()

    return call


@pytest.fixture
def csv(tmp_path, small) -> Path:
    """A file whose name rich would read as markup."""
    path = tmp_path / "mis datos ñ [red].csv"
    small.rows.to_csv(path, index=False)
    return path


def test_json_is_the_only_thing_on_standard_output(problema1, tmp_path, csv):
    out = tmp_path / "salida [" / "nueva]"
    flags = ["--data", csv, "--out", out, "--epochs", 2, "--seed", 3, "--curve", "--json"]
    done = run([str(problema1 / "train.py"), *map(str, flags)], tmp_path)
    assert done.returncode == 0, done.stderr
    metrics = json.loads(done.stdout)
    assert set(metrics) >= REQUIRED
    assert metrics["data"] == csv.name
    assert metrics["seed"] == 3
    assert metrics["repeated"] == 6
    assert metrics["epochs_run"] == 2
    assert metrics == json.loads((out / "metrics.json").read_text(encoding="utf-8"))
    assert (out / "model.keras").stat().st_size > 0
    assert "Entrenamiento" in done.stderr  # the progress
    assert "Curva de aprendizaje" in done.stderr


def test_table_for_people_and_model_of_the_app(train, script, tmp_path, csv, monkeypatch):
    shipped = tmp_path / "app" / "student_performance"
    shipped.parent.mkdir()
    monkeypatch.setattr(script, "SHIPPED", shipped)
    code, table, progress = train("--data", csv, "--out", "m [/y]", "--epochs", 1, "--publish")
    assert code == 0, progress
    for words in ("Red", "Mínimos cuadrados", "Media", "datos propios", "cubren el"):
        assert words in table
    assert csv.name in table
    assert "Archivos en m [/y]" in table
    assert "Entrenamiento" in progress
    assert inference.load(shipped).metrics["data"] == csv.name


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--data", "no-existe [/y].csv"], "No existe el archivo «no-existe [/y].csv»"),
        (["--data", "malo.csv"], "números que predecir"),
        (["--target", "Nada"], "no hay una columna «Nada»"),
        (["--out", "malo.csv"], "No se puede escribir en «malo.csv»"),
        (["--out", "m", "--publish"], "revise sus permisos o quite --publish"),
        (["--seed", "-1"], "no es un entero"),
        (["--epochs", "0"], "al menos 1"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(
    train, script, tmp_path, monkeypatch, arguments, words
):
    (tmp_path / "malo.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    monkeypatch.setattr(script, "SHIPPED", tmp_path / "malo.csv" / "modelo")
    code, out, sentence = train(*arguments)
    assert code == 2
    assert words in sentence
    assert "Traceback" not in sentence
    assert out == ""
    assert (tmp_path / "malo.csv").read_text(encoding="utf-8") == "a,b\n1,2\n"


INTERRUPTED = """
import signal, sys
sys.path.insert(0, sys.argv[1])
sys.argv = ["train.py", *sys.argv[2:]]
from student_performance import training
import train
# a shell starts what runs in its background with the signal ignored
signal.signal(signal.SIGINT, signal.default_int_handler)
training.train = lambda *_, **__: signal.raise_signal(signal.SIGINT)
sys.exit(train.main())
"""


def test_ctrl_c_is_one_sentence_and_exit_code_130(problema1, tmp_path):
    """TensorFlow is silent too where a program imports the package without ``terminal.run``."""
    done = run(["-c", INTERRUPTED, str(problema1), "--out", "m [/y]"], tmp_path)
    assert done.returncode == 130
    assert done.stderr.splitlines()[-1] == (
        "Interrumpido; en «m [/y]» queda el último modelo terminado."
    )
    assert "Traceback" not in done.stderr
