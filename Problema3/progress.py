"""Progress bars on the terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from scenes.formatting import MODELS, number


def progress_bar(console: Console) -> Progress:
    """A bar of one kind of work: how much is done and how long the rest takes."""
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
    )


def training_bars(console: Console) -> Progress:
    """Bars of several stages, each with a ``detail`` beside it; they fit on 80 columns."""
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=10),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[detail]}", markup=False),
        console=console,
    )


def meter(progress: Progress, title: str) -> Callable[[int, int], None]:
    """A new bar, as a function of what is done and the total."""
    task = progress.add_task(title, total=None, detail="")
    return lambda done, total: progress.update(task, completed=done, total=total)


class StageBars:
    """One bar a stage of one network's training (:data:`scenes.training.fit.Progress`)."""

    TITLES = {"features": "imágenes", "steps": "pasos"}  # noqa: RUF012  never changed

    def __init__(self, progress: Progress, name: str):
        self._progress = progress
        self._name = name
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, stage: str, done: int, total: int, logs: dict) -> None:
        if stage not in self._tasks:
            # «ResNet50 (ajuste fino)» would leave no room on 80 columns
            title = f"{MODELS[self._name].split(' (')[0]}: {self.TITLES[stage]}"
            self._tasks[stage] = self._progress.add_task(title, total=total, detail="")
        detail: dict[str, Any] = {}
        if "val_accuracy" in logs:
            detail = {"detail": f"ép. {logs['epoch']}: val. {number(logs['val_accuracy'], 3)}"}
        self._progress.update(self._tasks[stage], completed=done, total=total, **detail)

    def remove(self) -> None:
        """Take the bars away, where many trainings follow one another."""
        for task in self._tasks.values():
            self._progress.remove_task(task)
        self._tasks = {}
