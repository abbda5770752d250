"""Trainings in the worker process: in turn, reproducible, and survived by the app."""

from __future__ import annotations

import time

import pytest

from student_performance import data, jobs, simulate, training
from student_performance.config import TrainingConfig
from student_performance.jobs import Trainer, TrainingJob

QUICK = TrainingConfig(epochs=3)


@pytest.fixture(scope="module")
def trainer():
    found = Trainer()
    yield found
    found.close()


def start(trainer, dataset, config=QUICK, learning_curve=False) -> TrainingJob:
    return TrainingJob(dataset, config, trainer, learning_curve)


def finish(job: TrainingJob) -> TrainingJob:
    job.wait(200)
    assert not job.active
    return job


def test_two_visitors_train_in_turn_and_get_their_own_models(trainer, small, tmp_path):
    frame = simulate.simulate(simulate.Simulation(rows=300, duplicated=2, seed=9))
    other = data.parse(frame.to_csv(index=False).encode(), "otro.csv")
    first, second = start(trainer, small), start(trainer, other)
    finish(first), finish(second)
    for job, dataset in ((first, small), (second, other)):
        assert job.state == "done", job.message
        found = job.bundle.metrics
        expected = training.train(dataset, QUICK, tmp_path)
        assert found["data"] == dataset.name
        assert found["r2"] == pytest.approx(expected["r2"], abs=1e-6)
        assert [errors["val_mse"] for errors in job.epochs] == pytest.approx(
            expected["history"]["val_mse"]
        )


def test_learning_curve_arrives_with_the_result(trainer, small):
    job = finish(start(trainer, small, learning_curve=True))
    assert job.state == "done", job.message
    assert job.curve == job.bundle.metrics["learning_curve"]


def test_divergence_is_explained(trainer, small):
    job = finish(start(trainer, small, TrainingConfig(epochs=2, learning_rate=1e30)))
    assert (job.state, job.message) == (
        "failed",
        "El entrenamiento divergió; baje la tasa de aprendizaje.",
    )


def test_a_killed_worker_fails_its_training_and_is_replaced(trainer, small):
    job = start(trainer, small, TrainingConfig(epochs=500, patience=500))
    deadline = time.monotonic() + 100
    while not job.epochs and time.monotonic() < deadline:
        time.sleep(0.05)
    trainer.close()
    finish(job)
    assert job.state == "failed"
    assert "terminó de golpe" in job.message
    assert finish(start(trainer, small)).state == "done"


def test_files_go_away_with_the_job(trainer, small):
    job = finish(start(trainer, small))
    folder = job.folder
    assert (folder / "model.keras").exists()
    del job
    assert not folder.exists()


def test_the_worker_is_renewed_before_its_memory_counts(trainer, small, monkeypatch):
    finish(start(trainer, small))
    monkeypatch.setattr(jobs, "RENEWED_AFTER", 1)
    before = trainer._process
    first = finish(start(trainer, small))
    assert before.wait(20) is not None  # ended, and another is there already
    monkeypatch.undo()
    renewed = trainer._process
    assert renewed.poll() is None
    second, third = finish(start(trainer, small)), finish(start(trainer, small))
    assert trainer._process is renewed
    for job in (first, second, third):
        assert job.state == "done", job.message
        assert job.bundle.metrics["r2"] == first.bundle.metrics["r2"]
