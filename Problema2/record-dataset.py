"""Record hand landmarks for rock, paper and scissors.

    python record-dataset.py                                       # the camera
    python record-dataset.py --import their_dataset.npy their_labels.npy --aspect 16:9

Keys: 0, 1 and 2 record the hand in view as rock, paper or scissors (one sample a press, or hold
for RATE samples a second), U undoes the last one, Q or ESC saves and quits.
"""

import argparse
import contextlib
import itertools
import sys
import time
from pathlib import Path

import numpy as np
from flags import aspect_ratio, source_flags
from window import ESCAPE, Window, WindowError, ms_until

from gestures import overlay
from gestures.dataset import GESTURES, DatasetError, append, read_import
from gestures.frames import FrameSource, SourceError, open_source
from gestures.inference import (
    GestureClassifier,
    ModelError,
    SteadyReadings,
    read_hands,
)
from gestures.journal import Recording
from gestures.landmarks import MODEL_PATH as LANDMARKER_PATH
from gestures.landmarks import HandDetector, LandmarkerError

TITLE = "Grabar gestos"
DATA = Path(__file__).resolve().parents[1] / "data" / "propio_dataset.npy"
RATE = 10.0  # samples a second while a key is held: neighbouring frames are nearly the same hand
NOTICE_SECONDS = 1.5


def main(argv: list[str] | None = None) -> int:
    args = parse_arguments(argv)
    labels = args.labels or labels_beside(args.data)
    try:
        if args.imported:
            return import_recordings(args, labels)
        with contextlib.ExitStack() as stack:
            window = stack.enter_context(Window(TITLE, args.headless, args.keys))
            source = stack.enter_context(
                open_source(
                    args.source,
                    camera=args.camera,
                    width=args.width,
                    height=args.height,
                    seed=args.seed,
                )
            )
            detector = stack.enter_context(
                HandDetector(stream=not source.still, model_path=args.landmarker)
            )
            recording = stack.enter_context(Recording(args.data, labels))
            if recording.recovered:
                print(f"Se recuperaron {recording.recovered} muestras de una sesión interrumpida.")
            stack.callback(report, recording)
            record(args, window, source, detector, recording)
    except (SourceError, LandmarkerError, WindowError, DatasetError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Graba manos para entrenar. Teclas: 0 piedra, 1 papel, 2 tijeras "
        f"(mantener: {RATE:g} por segundo), U deshacer, Q o ESC guardar y salir.",
        parents=[source_flags()],
    )
    group = parser.add_argument_group("datos")
    group.add_argument(
        "--data",
        type=Path,
        default=DATA,
        metavar="DATASET",
        help="archivo .npy al que se agregan las muestras (data/propio_dataset.npy)",
    )
    group.add_argument(
        "--labels",
        type=Path,
        metavar="ETIQUETAS",
        help="archivo .npy de etiquetas (de entrada, junto al de datos: propio_labels.npy)",
    )
    group.add_argument(
        "--import",
        dest="imported",
        type=Path,
        nargs=2,
        metavar=("DATASET", "LABELS"),
        help="agregar grabaciones ajenas, (N, 42) o (N, 21, 2), sin abrir la cámara",
    )
    group.add_argument(
        "--aspect",
        type=aspect_ratio,
        help="ancho:alto de los cuadros de las grabaciones ajenas (4:3 si no se sabe)",
    )
    parser.add_argument(
        "--landmarker", type=Path, default=LANDMARKER_PATH, metavar="ARCHIVO", help="MediaPipe"
    )
    return parser.parse_args(argv)


def labels_beside(dataset: Path) -> Path:
    """propio_dataset.npy -> propio_labels.npy, in the same folder."""
    return dataset.with_name(dataset.stem.removesuffix("_dataset") + "_labels.npy")


def import_recordings(args: argparse.Namespace, labels: Path) -> int:
    """Append recordings from elsewhere to the data set."""
    new = read_import(*args.imported, aspect=args.aspect)
    total = append(args.data, labels, new.points, new.labels, new.aspect)
    each = np.bincount(new.labels, minlength=len(GESTURES))
    shown = ", ".join(f"{name} {count}" for name, count in zip(GESTURES, each, strict=True))
    print(f"{len(new)} muestras agregadas ({shown}); {args.data.name} tiene ahora {total}.")
    return 0


def record(
    args: argparse.Namespace,
    window: Window,
    source: FrameSource,
    detector: HandDetector,
    recording: Recording,
) -> None:
    """Show the hand and record it on 0, 1 and 2 until the source or the person ends it."""
    recognise = live_labels()
    last_seconds = -1.0
    notice, notice_until = "", 0.0
    started = time.perf_counter()
    ticks, canvas = [started], None
    for frame in itertools.islice(source, args.max_frames):
        now = frame.timestamp_ms / 1000
        height, width = frame.image.shape[:2]
        hands = detector.detect(frame.image, frame.timestamp_ms)
        if window.visible:
            ticks = [*ticks[-30:], time.perf_counter()]
            fps = None if source.still else (len(ticks) - 1) / (ticks[-1] - ticks[0])
            canvas = overlay.canvas_for(frame.image, source.live, canvas)
            readings = recognise(hands, width / height)
            overlay.draw_scene(
                canvas,
                [hand.points for hand in hands],
                readings,
                mirror=source.live,
                fps=fps,
                note=overlay.SIMULATED if source.simulated else "",
                keys="",
            )
            overlay.draw_recorder(canvas, recording.counts, recording.saved, RATE)
            if time.perf_counter() < notice_until:
                overlay.draw_notice(canvas, notice)
        if source.still:
            key = window.wait(canvas)
        else:
            key = window.show(canvas, 1 if source.live else ms_until(started + now))
        message = None
        if key in (ord("q"), ESCAPE) or window.closed:
            return
        if key == ord("u"):
            undone = recording.undo()
            message = "Nada que deshacer" if undone is None else f"Deshecho: {GESTURES[undone]}"
        elif key in map(ord, "012"):
            label = key - ord("0")
            if not hands:
                message = f"{overlay.NO_HAND}: no se grabó"
            elif source.still or now - last_seconds >= 1 / RATE - 1e-3 or last_seconds < 0:
                recording.add(hands[0].points, label, width / height)
                last_seconds = now
                message = f"+1 {GESTURES[label]}"
        if message:
            notice, notice_until = message, time.perf_counter() + NOTICE_SECONDS


def live_labels():
    """How the hand is labelled while recording: by the current model, if there is one."""
    try:
        classifier, steady = GestureClassifier(), SteadyReadings()
    except ModelError:  # recording is what one does before there is a model
        return lambda hands, aspect: [None] * len(hands)
    return lambda hands, aspect: read_hands(hands, aspect, classifier, steady)


def report(recording: Recording) -> None:
    """Save, then say what was saved and how to go on."""
    each = ", ".join(f"{name} {count}" for name, count in recording.counts.items())
    count = len(recording)
    recording.save()
    print(f"{count} muestras nuevas ({each}); {recording.dataset_path} tiene {recording.saved}.")
    if count:
        print(
            f"Para entrenar: python train-gesture-classifier.py --data {recording.dataset_path} "
            f"--labels {recording.labels_path}"
        )


if __name__ == "__main__":
    sys.exit(main())
