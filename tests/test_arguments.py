"""Command lines in Spanish: what argparse says is translated, and nothing of it is left."""

from __future__ import annotations

import argparse

import pytest

import gestures.arguments
import scenes.arguments
import student_performance.arguments

MODULES = [student_performance.arguments, gestures.arguments, scenes.arguments]


def side(text: str) -> int:
    raise argparse.ArgumentTypeError(f"«{text}» no es un lado: ninguno lo es")


def parser(module=scenes.arguments) -> argparse.ArgumentParser:
    made = module.Parser(prog="probar.py", description="Prueba.")
    made.add_argument("--model", required=True, choices=("cnn", "dense"))
    made.add_argument("--epochs", type=int)
    made.add_argument("--edges", nargs=2)
    made.add_argument("--images", nargs="+")
    made.add_argument("--side", type=side)
    one = made.add_mutually_exclusive_group()
    one.add_argument("--json", action="store_true")
    one.add_argument("--jump", action="store_true")
    return made


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ([], "falta --model"),
        (["--model"], "--model necesita un valor"),
        (["--model", "vgg"], "--model: 'vgg' no está entre"),
        (["--model", "cnn", "otro"], "no se conoce «otro»; vea --help"),
        (["--model", "cnn", "--epochs", "dos"], "--epochs: 'dos' no es un número"),
        (["--model", "cnn", "--edges", "1"], "--edges necesita 2 valores"),
        (["--model", "cnn", "--images"], "--images necesita al menos un valor"),
        (["--model", "cnn", "--side", "9"], "--side: «9» no es un lado: ninguno lo es"),
        (["--model", "cnn", "--json=sí"], "--json no lleva valor, y se le da 'sí'"),
        (["--model", "cnn", "--json", "--jump"], "--jump no va junto con --json"),
        (["--model", "cnn", "--j"], "«--j» puede ser --json, --jump; escríbala entera"),
    ],
)
@pytest.mark.parametrize("module", MODULES, ids=lambda each: each.__name__)
def test_errors_are_in_spanish(module, given, sentence, capsys):
    with pytest.raises(SystemExit) as ended:
        parser(module).parse_args(given)
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert told.startswith("uso: probar.py")
    assert f"probar.py: error: {sentence}" in told


def test_one_of_a_group_is_asked_for_in_spanish(capsys):
    made = scenes.arguments.Parser(prog="probar.py")
    group = made.add_mutually_exclusive_group(required=True)
    group.add_argument("--uno")
    group.add_argument("--dos")
    with pytest.raises(SystemExit):
        made.parse_args([])
    assert "hace falta una de estas: --uno --dos" in capsys.readouterr().err


def test_the_help_has_spanish_headings():
    help_text = parser().format_help()
    assert help_text.startswith("uso: probar.py")
    assert "opciones:" in help_text
    assert "muestra esta ayuda" in help_text
    assert not {"usage", "options", "show"} & set(help_text.replace(":", " ").split())


@pytest.mark.parametrize(
    "script",
    [
        *("Problema1/train.py", "Problema1/details.py"),
        *("Problema2/record-dataset.py", "Problema2/rock-paper-scissors.py"),
        *("Problema2/train-gesture-classifier.py", "Problema2/simulate-dataset.py"),
        *("Problema3/train.py", "Problema3/evaluate.py", "Problema3/predict.py"),
        *("Problema3/ablation.py", "Problema3/audit_labels.py", "Problema3/baselines.py"),
    ],
)
def test_every_script_of_the_problems_helps_in_spanish(help_of, script):
    assert help_of(script).startswith("uso: ")
    assert "opciones:" in help_of(script)
