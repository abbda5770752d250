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

IDEA = '''"""La idea de la red, con capas de Keras a la vista: una recta y redes que la corrigen.

Es una versión corta: el entrenamiento completo prueba además otras entradas y penalizaciones, y por
eso puede decidir otra cosa y errar menos.
Póngalo en la carpeta que contiene «Problema1» y ejecútelo con: python idea.py
"""

import sys

sys.path.insert(0, "Problema1")

from student_performance import data
from student_performance.mapping import Mapping

import keras  # después: el proyecto le elige JAX donde no hay TensorFlow
import numpy as np

ARCHIVO = {path}  # la tabla; None es la que viene con el proyecto
COLUMNAS = Mapping.from_json(
{mapping}
)
PARTES = 5

keras.utils.set_random_seed({seed})
tabla = data.load(ARCHIVO, COLUMNAS)
partes = data.split(tabla, {seed})


def entrada(filas):
    x = COLUMNAS.schema.encode(filas).astype("float64")
    x = np.where(np.isnan(x), medianas, x)  # lo que falta, con la mediana
    columnas = []
    for valores, niveles in zip(x.T, COLUMNAS.schema.sizes):
        if niveles > 2:  # una categoría: una columna de ceros y unos por valor
            columnas += [valores == nivel for nivel in range(1, niveles)]
        else:
            columnas.append(valores)
    return np.column_stack(columnas).astype("float64")


medianas = np.nanmedian(COLUMNAS.schema.encode(partes.training), axis=0)
x, x_prueba = entrada(partes.training), entrada(partes.test)
media, desvio = x.mean(axis=0), x.std(axis=0)
desvio[desvio == 0] = 1
z, z_prueba = (x - media) / desvio, (x_prueba - media) / desvio
y = COLUMNAS.schema.answers(partes.training).astype("float64")
y_prueba = COLUMNAS.schema.answers(partes.test).astype("float64")


def recta(z, y):
    return np.linalg.lstsq(np.column_stack([np.ones(len(z)), z]), y, rcond=None)[0]


def en_la_recta(pesos, z):
    return pesos[0] + z @ pesos[1:]


def red_pequena():
    capas = [keras.layers.Dense(units, activation="silu") for units in {hidden}]
    salida = keras.layers.Dense(1, kernel_initializer="zeros")  # empieza siendo la recta
    red = keras.Sequential([keras.Input((z.shape[1],)), *capas, salida])
    red.compile(keras.optimizers.Adam({rate}), keras.losses.Huber(1.345))
    return red


# Cada red aprende lo que la recta no explica, sin una quinta parte de las filas
orden = np.random.default_rng({seed}).permutation(len(y)) % PARTES
con_recta, con_red, correccion = np.zeros(len(y)), np.zeros(len(y)), 0
for parte in range(PARTES):
    dentro, fuera = orden != parte, orden == parte
    pesos = recta(z[dentro], y[dentro])
    resto = y[dentro] - en_la_recta(pesos, z[dentro])
    escala = resto.std() or 1.0
    red = red_pequena()
    red.fit(z[dentro], resto / escala, batch_size={batch}, epochs={epochs}, verbose=0)
    con_recta[fuera] = en_la_recta(pesos, z[fuera])
    con_red[fuera] = con_recta[fuera] + escala * red.predict(z[fuera], verbose=0)[:, 0]
    correccion = correccion + escala * red.predict(z_prueba, verbose=0)[:, 0] / PARTES

# Las redes sólo se suman si mejoran con claridad las filas que no vieron
mejora = (y - con_recta) ** 2 - (y - con_red) ** 2
error = mejora.std() / np.sqrt(len(mejora))
puntaje = mejora.mean() / error if error else 0.0
prediccion = en_la_recta(recta(z, y), z_prueba) + (correccion if puntaje >= 3 else 0)
print("z = %.1f:" % puntaje, "con las redes" if puntaje >= 3 else "basta la recta")
print("RMSE en las filas de prueba: %.4f" % np.sqrt(np.mean((y_prueba - prediccion) ** 2)))
'''

PREDICT = '''"""Predice con el archivo model.keras de un modelo guardado; sólo usa Keras y NumPy."""

import importlib.util
import os

if importlib.util.find_spec("tensorflow") is None:  # como con Python 3.14
    os.environ.setdefault("KERAS_BACKEND", "jax")

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
    own = {field.name for field in dataclasses.fields(TrainingConfig)}
    metrics = bundle.metrics
    settings = {name: value for name, value in metrics["config"].items() if name in own}
    settings |= {"hidden": tuple(settings["hidden"])}
    return REPEAT.format(
        **_table(bundle),
        config="\n".join(f"    {name}={value!r}," for name, value in settings.items()),
        digest=repr(metrics["data_digest"]),
        rmse=repr(round(metrics["rmse"], 4)),
    )


def idea(bundle: Bundle) -> str:
    """A short script that shows the method with plain Keras layers, on the same table."""
    metrics = bundle.metrics
    config = metrics["config"]
    return IDEA.format(
        **_table(bundle),
        seed=repr(metrics["seed"]),
        hidden=repr(tuple(config["hidden"])),
        rate=repr(config["learning_rate"]),
        # as `members` cuts it where the rows are few; every row is shown in each epoch all the same
        batch=repr(min(config["batch_size"], max(16, metrics["n_train"] * 4 // 5 // 10))),
        epochs=repr(config["epochs"]),
    )


def _table(bundle: Bundle) -> dict[str, str]:
    """Where the rows of a training are, and what its columns mean, as Python literals."""
    metrics = bundle.metrics
    path = None if metrics["data_kind"] == "simulated" else metrics["data"]
    mapping = pprint.pformat(bundle.mapping.to_json(), width=96, sort_dicts=False)
    indented = "\n".join(f"    {line}" for line in mapping.splitlines())
    return {"path": repr(path), "mapping": indented}


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
