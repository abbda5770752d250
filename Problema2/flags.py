"""Command-line flags that both camera scripts share."""

from __future__ import annotations

import argparse

from keys import parse_keys

from gestures.arguments import Parser


def source_flags() -> argparse.ArgumentParser:
    """A parent parser with the frame source, the window and the scripted keys."""
    parser = Parser(add_help=False)
    group = parser.add_argument_group("imágenes")
    group.add_argument("--camera", type=count, default=0, help="número de cámara (0)")
    group.add_argument("--width", type=positive, default=640, help="ancho pedido (640)")
    group.add_argument("--height", type=positive, default=480, help="alto pedido (480)")
    group.add_argument(
        "--source",
        metavar="ORIGEN",
        help="en lugar de la cámara: un video, una imagen, una carpeta de imágenes, la dirección "
        "de una transmisión (http://, https:// o rtsp://), o demo (manos simuladas)",
    )
    group.add_argument("--seed", type=int, default=0, help="semilla de demo y del azar (0)")
    group = parser.add_argument_group("pantalla")
    group.add_argument("--headless", action="store_true", help="sin ventana")
    group.add_argument("--max-frames", type=positive, metavar="N", help="terminar tras N cuadros")
    group.add_argument(
        "--keys",
        type=_keys,
        default=[],
        metavar="TECLAS",
        help="teclas simuladas, una por cuadro: letras, space, esc, o . para ninguna; "
        "se repiten con *N (por ejemplo «.*30 s q»)",
    )
    return parser


def fraction(text: str) -> float:
    """A number from 0 to 1."""
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError("debe estar entre 0 y 1")
    return value


def aspect_ratio(text: str) -> float:
    """A frame's width over its height, written ``4:3`` or ``1.333``."""
    width, _, height = text.partition(":")
    try:
        value = float(width) / float(height or 1)
    except (ValueError, ZeroDivisionError):
        raise argparse.ArgumentTypeError("se escribe 4:3, 16:9 o 1.333") from None
    if not 0.2 <= value <= 5:
        raise argparse.ArgumentTypeError("debe estar entre 0.2 y 5")
    return value


def count(text: str) -> int:
    """A whole number, 0 or more."""
    return _whole(text, least=0)


def positive(text: str) -> int:
    """A whole number, 1 or more."""
    return _whole(text, least=1)


def _whole(text: str, least: int) -> int:
    if not text.isdecimal() or int(text) < least:
        raise argparse.ArgumentTypeError(f"«{text}» debe ser un número entero, {least} o más")
    return int(text)


def _keys(text: str) -> list[int]:
    try:
        return parse_keys(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"teclas desconocidas: «{text}»") from None
