"""``train.py`` as a student runs it: a process of its own, from another folder."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

REQUIRED = {
    *("r2", "rmse", "mae", "ols_r2", "ols_rmse", "ols_mae"),
    *("interval_level", "interval_coverage", "interval_width", "fit_seconds"),
    *("n_train", "n_test", "duplicates_dropped", "seed", "data"),
}


@pytest.fixture
def train(problema1, tmp_path):
    def run(*arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, str(problema1 / "train.py"), *arguments],
            capture_output=True,
            encoding="utf-8",
            cwd=tmp_path,
            env=None,
            timeout=240,
        )

    return run


def test_json_is_the_only_thing_on_standard_output(train, tmp_path, small):
    csv = tmp_path / "mis datos ñ.csv"
    small.rows.to_csv(csv, index=False)
    out = tmp_path / "salida nueva" / "modelo"
    done = train("--data", str(csv), "--out", str(out), "--epochs", "2", "--seed", "3", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert set(found) >= REQUIRED
    assert found["data"] == "mis datos ñ.csv"
    assert found["seed"] == 3
    assert found["duplicates_dropped"] == 6
    assert found["epochs_run"] == 2
    assert found == json.loads((out / "metrics.json").read_text(encoding="utf-8"))
    assert (out / "model.keras").stat().st_size > 0
    # progress, and none of TensorFlow's own start-up notes
    assert "Entrenamiento" in done.stderr
    assert "oneDNN" not in done.stderr
    assert "warn" not in done.stderr.lower()


def test_table_for_people(train, tmp_path):
    done = train("--out", str(tmp_path / "m"), "--epochs", "1")
    assert done.returncode == 0, done.stderr
    for words in ("Red", "Mínimos cuadrados", "Media", "datos simulados", "cubren el"):
        assert words in done.stdout
    assert "Entrenamiento" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--data", "no-existe.csv"], "No existe el archivo"),
        (["--data", "malo.csv"], "falta"),
        (["--out", "malo.csv"], "No se puede escribir"),
        (["--seed", "-1"], "no es un entero"),
        (["--epochs", "0"], "al menos 1"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(train, tmp_path, arguments, words):
    (tmp_path / "malo.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    done = train(*arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / "malo.csv").read_text(encoding="utf-8") == "a,b\n1,2\n"
