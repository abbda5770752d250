"""What both camera scripts look at and with: the source that the flags ask for, and MediaPipe."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterator

from gestures.frames import FrameSource
from gestures.landmarks import PICTURE_DETECTION, STREAM_DETECTION, HandDetector
from gestures.sources import open_source


@contextlib.contextmanager
def opened(args: argparse.Namespace, hands: int) -> Iterator[tuple[FrameSource, HandDetector]]:
    """The source of ``flags.source_flags`` and a detector of ``hands`` that suits it.

    Raises:
        Problem: one of them cannot be opened.
    """
    size = {"width": args.width, "height": args.height}
    with open_source(args.source, camera=args.camera, seed=args.seed, **size) as source:
        detection = PICTURE_DETECTION if source.still else STREAM_DETECTION
        with HandDetector(hands, not source.still, detection, args.landmarker) as detector:
            yield source, detector
