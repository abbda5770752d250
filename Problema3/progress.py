"""Progress: bars on a terminal, lines where what is printed goes to a file or a pipe."""

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


class Lines:
    """What :class:`rich.progress.Progress` shows, as lines: an epoch each, else ten for a task."""

    TENTHS = 10

    def __init__(self, console: Console):
        self._console = console
        self._tasks: list[dict[str, Any]] = []

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is left on a screen."""

    def add_task(self, title: str, total: int | None = None, detail: str = "") -> TaskID:
        """A new task; a line follows when something of it is done."""
        self._tasks.append({"title": title, "total": total, "tenth": 0})
        return TaskID(len(self._tasks) - 1)

    def remove_task(self, task: TaskID) -> None:
        """Nothing is on a screen to be taken away."""

    def advance(self, task: TaskID) -> None:
        """Print a line for one more."""
        done = self._tasks[task].get("done", 0) + 1
        self._tasks[task]["done"] = done
        self.update(task, completed=done)

    def update(self, task: TaskID, **changes: Any) -> None:
        """Print a line for a new detail, or for another tenth of a task that has none."""
        state = self._tasks[task]
        state["total"] = total = changes.get("total") or state["total"]
        done, detail = changes.get("completed", 0), changes.get("detail", "")
        tenth = done * self.TENTHS // total if total else 0
        if detail or (tenth > state["tenth"] and not changes.get("epochs")):
            ending = f" · {detail}" if detail else ""
            self._console.print(f"{state['title']} {done}/{total}{ending}")
            state["tenth"] = tenth


def progress_bar(console: Console) -> Progress | Lines:
    """A bar of one kind of work: how much is done and how long the rest takes."""
    if not console.is_terminal:
        return Lines(console)
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
    )


def training_bars(console: Console) -> Progress | Lines:
    """Bars of several stages, each with a ``detail`` beside it; they fit on 80 columns."""
    if not console.is_terminal:
        return Lines(console)
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=10),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[detail]}", markup=False),
        console=console,
    )


def meter(progress: Progress | Lines, title: str) -> Callable[[int, int], None]:
    """A new bar, as a function of what is done and the total."""
    task = progress.add_task(title, total=None, detail="")
    return lambda done, total: progress.update(task, completed=done, total=total)


class StageBars:
    """One bar a stage of one network's training (:data:`scenes.training.fit.Progress`)."""

    TITLES = {"features": "imágenes", "steps": "pasos"}  # noqa: RUF012  never changed

    def __init__(self, progress: Progress | Lines, name: str):
        self._progress = progress
        self._name = name
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, stage: str, done: int, total: int, logs: dict) -> None:
        if stage not in self._tasks:
            # «ResNet50 (ajuste fino)» would leave no room on 80 columns
            title = f"{MODELS[self._name].split(' (')[0]}: {self.TITLES[stage]}"
            self._tasks[stage] = self._progress.add_task(title, total=total, detail="")
        detail: dict[str, Any] = {"epochs": stage == "steps"}
        if "val_accuracy" in logs:
            detail["detail"] = f"ép. {logs['epoch']}: val. {number(logs['val_accuracy'], 3)}"
        self._progress.update(self._tasks[stage], completed=done, total=total, **detail)

    def remove(self) -> None:
        """Take the bars away, where many trainings follow one another."""
        for task in self._tasks.values():
            self._progress.remove_task(task)
        self._tasks = {}
