"""The Python code that repeats a training, and the one that predicts with its files."""

from __future__ import annotations

import dataclasses
import pprint

from student_performance.config import TrainingConfig
from student_performance.inference import Bundle

REPEAT = '''"""Repite un entrenamiento de la red del Problema 1.

Póngalo en la carpeta que contiene «Problema1» y ejecútelo con: python repetir.py
"""

import sys
from pathlib import Path

sys.path.insert(0, "Problema1")

from student_performance import data, training
from student_performance.config import TrainingConfig
from student_performance.mapping import Mapping

ARCHIVO = {path}  # la tabla; None es la que viene con el proyecto
SALIDA = Path("modelo_repetido")  # aquí quedan model.keras, model.tflite y metrics.json

# Qué se predice, con qué columnas, de qué tipo son y cómo se llaman en el archivo
COLUMNAS = Mapping.from_json(
{mapping}
)

# Cómo se entrenó
CONFIGURACION = TrainingConfig(
{config}
)

tabla = data.load(ARCHIVO, COLUMNAS)
if tabla.digest != {digest}:
    print("Atención: la tabla no tiene las mismas filas que la del entrenamiento.")
medidas = training.train(tabla, CONFIGURACION, SALIDA)
print("RMSE en las filas de prueba:", round(medidas["rmse"], 4), "(en la aplicación: {rmse})")
'''

PREDICT = '''"""Predice con el archivo model.keras de un modelo guardado; sólo usa Keras y NumPy."""

import keras
import numpy as np

# Las columnas de la entrada, en orden: los números como son, Sí = 1 y No = 0, una categoría por su
# posición en la lista, y np.nan donde falta el valor.
COLUMNAS = {columns}
NIVEL = {level}  # de los intervalos
MULTIPLICADOR = {multiplier}  # semiancho del intervalo de ese nivel, en desvíos de la fila

red = keras.saving.load_model("model.keras", compile=False)
filas = np.array([{row}], dtype="float32")
prediccion, desvio = np.array(red(filas)).T
inferior = prediccion - MULTIPLICADOR * desvio
superior = prediccion + MULTIPLICADOR * desvio
for fila in zip(prediccion, inferior, superior):
    print("predicción %.3f, intervalo de %.3f a %.3f" % fila)
'''


def repeating(bundle: Bundle) -> str:
    """A script that trains the same network on the same table with the project's own code.

    Names from a file enter it as Python literals alone, never as code or comments.
    """
    metrics = bundle.metrics
    own = {field.name for field in dataclasses.fields(TrainingConfig)}
    settings = {name: value for name, value in metrics["config"].items() if name in own}
    settings |= {"hidden": tuple(settings["hidden"])}
    path = None if metrics["data_kind"] == "simulated" else metrics["data"]
    mapping = pprint.pformat(bundle.mapping.to_json(), width=96, sort_dicts=False)
    return REPEAT.format(
        path=repr(path),
        mapping="\n".join(f"    {line}" for line in mapping.splitlines()),
        config="\n".join(f"    {name}={value!r}," for name, value in settings.items()),
        digest=repr(metrics["data_digest"]),
        rmse=repr(round(metrics["rmse"], 4)),
    )


def predicting(bundle: Bundle) -> str:
    """A script that reads ``model.keras`` with Keras alone and predicts a typical row."""
    features = bundle.schema.features
    level = min(bundle.levels, key=lambda level: abs(level - 0.9))
    codes = {"number": None, "yes_no": ["No", "Sí"]}
    columns = {column.name: codes.get(column.kind, list(column.levels)) for column in features}
    row = [round(bundle.typical(column.name), 6) for column in features]
    return PREDICT.format(
        columns=pprint.pformat(columns, width=96, sort_dicts=False),
        level=repr(level),
        multiplier=repr(bundle.metrics["multipliers"][f"{level:.2f}"]),
        row=repr(row),
    )
