"""Kept trainings: their file, what it refuses, and two of them on the same rows."""

from __future__ import annotations

import io
import json
import zipfile

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from student_performance import archives, data, inference, training
from student_performance.config import TrainingConfig
from student_performance.problems import Problem
from student_performance.schema import PUBLISHED


class Finished:
    """A training as a job leaves it."""

    def __init__(self, folder):
        self.folder = folder
        self.bundle = inference.load_folder(folder)


@pytest.fixture(scope="module")
def trained(small, tmp_path_factory):
    """Two trainings of the same rows and division; the second is better."""
    models = []
    for epochs in (2, 3):
        out = tmp_path_factory.mktemp("modelo")
        training.train(small, TrainingConfig(epochs=epochs), out)
        models.append(Finished(out))
    return models


def test_a_saved_model_comes_back_with_columns_intervals_and_answers(trained, small):
    content = archives.archive(trained[0])
    loaded = archives.open_archive(content, "modelo.zip")
    x = PUBLISHED.encode(small.rows)
    before, after = (each.bundle.predict_interval(x, 0.9) for each in (trained[0], loaded))
    np.testing.assert_array_equal(after, before)
    assert loaded.bundle.mapping == small.mapping
    assert (loaded.folder / "model.keras").stat().st_size > 0
    folder = loaded.folder
    del loaded
    assert not folder.exists()


def changed(content: bytes, **members: bytes | None) -> bytes:
    """The archive with other members; None leaves one out."""
    old, fresh = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO()
    with zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in old.namelist():
            key = name.replace(".", "_")
            if members.get(key, b"") is not None:
                archive.writestr(name, members.get(key) or old.read(name))
        for name in set(members) - {each.replace(".", "_") for each in old.namelist()}:
            archive.writestr(name, members[name])
    return fresh.getvalue()


def with_other_network(content: bytes) -> bytes:
    """The archive with other bytes in the file that is run, of Keras where there is no other."""
    names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    run = "model_tflite" if "model.tflite" in names else "model_keras"
    return changed(content, **{run: b"0" * 3000})


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (lambda content: b"PK no", "no es un entrenamiento guardado"),
        (lambda content: content[:-40], "no es un entrenamiento guardado"),
        (lambda content: changed(content, model_keras=None), "no es un entrenamiento guardado"),
        (lambda content: changed(content, otro=b"x"), "no es un entrenamiento guardado"),
        (lambda content: changed(content, model_tflite=b"0" * 30_000_000), "no es un entrenamien"),
        (with_other_network, "otro entrenamiento"),
        (lambda content: changed(content, metrics_json=b"[1]"), "no es un entrenamiento guardado"),
        (lambda content: changed(content, metrics_json=b"[" * 9000), "no es un entrenamiento"),
    ],
)
def test_other_files_are_refused_in_one_sentence(trained, change, part):
    with pytest.raises(Problem, match=part) as caught:
        archives.open_archive(change(archives.archive(trained[0])), "modelo.zip")
    assert len(caught.value.lines) == 1


def test_a_damaged_history_is_refused(trained):
    metrics = json.loads((trained[0].folder / "metrics.json").read_text(encoding="utf-8"))
    metrics["history"]["rmse"] = metrics["history"]["rmse"][:-1]
    content = changed(archives.archive(trained[0]), metrics_json=json.dumps(metrics).encode())
    with pytest.raises(Problem):
        archives.open_archive(content, "modelo.zip")


def test_two_models_are_compared_on_the_rows_that_both_set_aside(trained, small):
    one, other = (each.bundle for each in trained)
    row = archives.compare(one, other, small)
    test = data.split(small, 0).test
    errors = [
        np.sqrt(np.mean((each.predict(PUBLISHED.encode(test)) - PUBLISHED.answers(test)) ** 2))
        for each in (one, other)
    ]
    np.testing.assert_allclose(row[["rmse", "other_rmse"]].astype(float), errors, rtol=1e-5)
    assert row["low"] <= errors[0] - errors[1] <= row["high"]


def test_models_are_compared_put_to_use_and_loaded_in_the_app(trained, small, problema1):
    from views.session import Kept

    app = AppTest.from_file(str(problema1 / "analisis.py"), default_timeout=120)
    models = [Kept(f"Entrenamiento {at}", each) for at, each in enumerate(trained, start=1)]
    app.session_state["dataset"] = small
    app.session_state["kept"] = models
    app.session_state["in_use"] = models[0]
    app.session_state["trainings"] = 2
    app.run().switch_page("views/training.py").run()
    assert not app.exception
    shown = app.dataframe[0].value
    assert shown["Modelo"].tolist() == ["Entrenamiento 1 (en uso)", "Entrenamiento 2"]
    assert any("RMSE en las mismas filas de prueba" in each.value for each in app.markdown)

    use = next(each for each in app.selectbox if "Modelo en uso" in each.label)
    use.set_value("Modelo incluido").run()
    assert not app.exception
    assert app.session_state["in_use"] is None
    assert len(app.session_state["kept"]) == 2

    content = archives.archive(trained[1])
    app.file_uploader(key="archive").upload("de ayer.zip", content, "application/zip").run()
    assert not app.exception
    assert app.session_state["in_use"].name == "de ayer"
    app.switch_page("views/prediction.py").run()
    assert any("«de ayer», de esta visita" in each.value for each in app.caption)


def test_a_stopped_training_does_not_replace_a_better_one(trained, small, problema1):
    from views.session import Kept

    stopped = Finished(trained[0].folder)
    stopped.bundle.metrics["stopped_by_user"] = True
    stopped.bundle.metrics["held_out_rmse"] = 99.0
    stopped.active, stopped.state = False, "done"
    stopped.config = TrainingConfig(epochs=2)
    better = Kept("Entrenamiento 1", trained[1])
    app = AppTest.from_file(str(problema1 / "analisis.py"), default_timeout=120)
    app.session_state["dataset"] = small
    app.session_state["kept"] = [better]
    app.session_state["in_use"] = better
    app.session_state["job"] = stopped
    app.run().switch_page("views/training.py").run()
    assert not app.exception
    assert app.session_state["in_use"] is better
    assert len(app.session_state["kept"]) == 2
    assert any("No reemplazó al modelo en uso" in each.value for each in app.caption)
