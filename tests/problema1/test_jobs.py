"""Trainings in the worker process: in turn, reproducible, and survived by the app."""

from __future__ import annotations

import sys

import pytest

from student_performance import data, jobs, simulate
from student_performance import trainer as trainer_module
from student_performance.config import TrainingConfig
from student_performance.jobs import CurveJob, TrainingJob
from student_performance.trainer import Trainer

QUICK = TrainingConfig(epochs=3)


@pytest.fixture(scope="module")
def trainer():
    process = Trainer()
    yield process
    process.close()


def start(trainer, dataset, config=QUICK) -> TrainingJob:
    return TrainingJob(dataset, config, trainer)


def finish(job: TrainingJob) -> TrainingJob:
    job.wait(250)
    assert not job.active
    return job


def test_two_visitors_train_in_turn_and_get_their_own_models(trainer, small, wait_until):
    frame = simulate.simulate(simulate.Simulation(rows=300, duplicated=2, seed=9))
    other = data.parse(frame.to_csv(index=False).encode(), "otro.csv")
    first, second = start(trainer, small), start(trainer, other)
    finish(first), finish(second)
    for job, dataset in ((first, small), (second, other)):
        assert job.state == "done", job.message
        metrics = job.bundle.metrics
        assert metrics["data_digest"] == dataset.digest
        assert metrics["data"] == dataset.name
        assert [errors["epoch"] for errors in job.epochs] == [1, 2, 3]
        assert [errors["val_rmse"] for errors in job.epochs] == metrics["history"]["val_rmse"]
    folder = first.folder
    assert (folder / "model.keras").exists()
    del job, first
    wait_until(lambda: not folder.exists())


def test_a_learning_curve_is_asked_for_afterwards(trainer, small):
    job = finish(start(trainer, small))
    assert "learning_curve" not in job.bundle.metrics
    curve = finish(CurveJob(job))
    assert curve.state == "done", curve.message
    assert curve.points == job.bundle.metrics["learning_curve"]
    assert [point["n"] for point in curve.points[:2]] == [100, 300]


def test_jobs_wait_in_the_order_in_which_they_came(trainer, small, wait_until):
    first = start(trainer, small, TrainingConfig(epochs=10_000))
    wait_until(lambda: first.epochs)
    second, third = start(trainer, small), start(trainer, small)
    wait_until(lambda: third.ahead == 2)
    assert second.ahead == 1
    second.stop()
    first.stop()
    finish(first), finish(second), finish(third)
    assert (second.state, second.message) == ("failed", "Se detuvo antes de empezar.")
    assert not second.epochs
    assert first.state == third.state == "done"
    assert first.bundle.metrics["stopped_by_user"]


def test_an_abandoned_curve_holds_nobody_up(trainer, small, monkeypatch, wait_until):
    job = finish(start(trainer, small))
    monkeypatch.setattr(jobs, "ABANDONED_SECONDS", 0)
    left = CurveJob(job)
    finish(left)
    assert len(left.points) == 0


def test_divergence_is_explained(trainer, small):
    job = finish(start(trainer, small, TrainingConfig(epochs=2, learning_rate=1e30)))
    assert (job.state, job.message) == (
        "failed",
        "El entrenamiento divergió; baje la tasa de aprendizaje.",
    )


def test_a_killed_worker_fails_its_training_and_another_gives_the_same_model(
    trainer, small, wait_until
):
    before = finish(start(trainer, small))
    job = start(trainer, small, TrainingConfig(epochs=10_000))
    wait_until(lambda: job.epochs)
    trainer.close()
    finish(job)
    assert job.state == "failed"
    assert "terminó de golpe" in job.message
    after = finish(start(trainer, small))
    assert after.state == "done", after.message
    assert after.bundle.metrics["r2"] == before.bundle.metrics["r2"]


STAND_IN = """
import json, os, sys
print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    print(json.dumps({"done": os.getpid()}), flush=True)
"""


def test_the_worker_is_renewed_before_its_memory_counts(monkeypatch):
    monkeypatch.setattr(trainer_module, "WORKER", (sys.executable, "-c", STAND_IN))
    monkeypatch.setattr(trainer_module, "RENEWED_AFTER", 2)
    trainer = Trainer()
    processes = [answer["done"] for _ in range(5) for answer in trainer.run("train", {})]
    trainer.close()
    first, _, second, _, third = processes
    assert processes == [first, first, second, second, third]
    assert len({first, second, third}) == 3
