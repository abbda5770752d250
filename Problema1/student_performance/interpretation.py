"""Spanish sentences about data, computed from their numbers."""

from __future__ import annotations

import pandas as pd
from scipy import stats

from student_performance.data import Dataset
from student_performance.formatting import (
    amount,
    counted,
    interval,
    listing,
    number,
    percent,
    rows_name,
    short,
)
from student_performance.outliers import FAR
from student_performance.schema import Schema

COMPLETE = "No faltan valores."
NAMED = 8  # features, rows or levels named in one sentence; the rest is counted


def origin(dataset: Dataset) -> str:
    """The name of the data, and whether they are published or simulated."""
    if dataset.is_real:
        return f"{dataset.name} (datos publicados en Kaggle)"
    if dataset.is_simulated:
        return f"{dataset.name} (datos simulados)"
    return dataset.name


def quality(dataset: Dataset) -> str:
    """Rows, repeated ones and missing values."""
    rows, repeated = len(dataset.rows), dataset.repeated
    missing = _missing(dataset)
    if not repeated:
        ending = "y no faltan valores." if missing == COMPLETE else f"entre sí. {missing}"
        between = "entre sí " if missing == COMPLETE else ""
        return f"Las {number(rows, 0)} filas son distintas {between}{ending}"
    total = rows + (repeated if dataset.mapping.drop_repeated else 0)
    fate = (
        "no se usan"
        if dataset.mapping.drop_repeated
        else "se conservan, y las que tienen las mismas variables van juntas al entrenamiento o a "
        "la prueba"
    )
    return (
        f"De {number(total, 0)} filas, {number(repeated, 0)} ({percent(repeated / total)}) repiten "
        f"exactamente otra: {fate}. {missing}"
    )


def _missing(dataset: Dataset) -> str:
    cells = dataset.rows[dataset.schema.names].isna()
    count = int(cells.to_numpy().sum())
    if not count:
        return COMPLETE
    rows = int(cells.any(axis=1).sum())
    worst = cells.sum().idxmax()
    return (
        f"Faltan {number(count, 0)} valores, en {number(rows, 0)} filas; la columna a la que más "
        f"le faltan es «{dataset.schema[worst].label}» ({number(int(cells[worst].sum()), 0)})."
    )


def selected(count: int, total: int) -> str:
    """How many rows a selection holds."""
    if not count:
        return f"Ninguna de {number(total, 0)} filas está en la selección."
    verb = "Elegidas" if count > 1 else "Elegida"
    return f"{verb} {number(count, 0)} de {number(total, 0)} filas ({percent(count / total)})."


def yes_and_no(frame: pd.DataFrame, schema: Schema, feature: str) -> str:
    """Counts of a yes/no variable, and how much the target differs (Welch's interval)."""
    column, target = schema[feature], schema.target
    known = frame[frame[feature].notna() & frame[target.name].notna()]
    yes = known.loc[known[feature] == "Yes", target.name]
    no = known.loc[known[feature] == "No", target.name]
    share = percent(len(yes) / max(len(known), 1))
    counts = f"«{column.label}»: {number(len(yes), 0)} {rows_name(schema)} ({share}) dicen que sí"
    if min(len(yes), len(no)) < 2:
        return f"{counts}; hay muy pocos en un grupo para compararlos."
    difference = yes.mean() - no.mean()
    if yes.std() + no.std() == 0:
        return f"{counts}; su «{target.label}» no varía dentro de cada grupo."
    ends = stats.ttest_ind(yes, no, equal_var=False).confidence_interval(0.95)
    more = "más" if difference > 0 else "menos"
    verdict = (
        "la diferencia puede ser azar"
        if ends.low <= 0 <= ends.high
        else "la diferencia es mayor que la que daría el azar"
    )
    return (
        f"{counts}. En promedio tienen {amount(abs(difference), 2, target.unit)} {more} que el "
        f"resto (intervalo del 95 % de la diferencia: {interval(ends.low, ends.high)}): {verdict}."
    )


def levels(frame: pd.DataFrame, schema: Schema, feature: str) -> str:
    """The most frequent levels of a category, and how many others there are."""
    counts = frame[feature].value_counts()
    if counts.empty:
        return f"«{schema[feature].label}» no tiene valores."
    shown = [f"«{level}» ({percent(n / counts.sum())})" for level, n in counts.head(3).items()]
    rest = len(counts) - len(shown)
    more = f"; hay {rest} más" if rest > 0 else ""
    return (
        f"«{schema[feature].label}» tiene {len(counts)} valores; los más frecuentes son "
        f"{listing(shown)}{more}."
        if len(shown) > 1
        else f"«{schema[feature].label}» vale siempre {shown[0].partition(' (')[0]}."
    )


def outliers(found: pd.DataFrame, schema: Schema) -> list[str]:
    """A heading sentence, then one for each of the rows that stand out most.

    Args:
        found: from ``outliers.find``.
    """
    if found.empty:
        return [
            f"Ningún valor queda a más de {number(FAR, 0)} cajas (distancias entre cuartiles) de "
            "los cuartiles de su columna, ni muy lejos de lo que mínimos cuadrados espera."
        ]
    rows = found["row"].nunique()
    heading = (
        f"Hay {number(rows, 0)} fila{'s' if rows > 1 else ''} que se aparta"
        f"{'n' if rows > 1 else ''} mucho del resto"
        f"{f'; las {NAMED} más lejanas' if rows > NAMED else ''}:"
    )
    sentences = [heading]
    for row in found["row"].unique()[:NAMED]:
        reasons = [_reason(each, schema) for _, each in found[found["row"] == row].iterrows()]
        sentences.append(f"Fila {row}: {'; '.join(reasons)}.")
    return sentences


def _reason(each: pd.Series, schema: Schema) -> str:
    column = schema[each["column"]]
    value = f"«{column.label}» es {short(each['value'])}"
    if each["kind"] == "value":
        return (
            f"{value}, lejos de los cuartiles de su columna "
            f"({short(each['low'])} y {short(each['high'])})"
        )
    expected = float(f"{each['low']:.4g}")
    return f"{value} y por las demás columnas se esperaba {short(expected)}"


def left_out(kept: int, schema: Schema) -> str:
    """What the correlation map leaves out, and how it measures categories; empty if nothing."""
    sentences = []
    total = len(schema.columns)
    if kept < total:
        sentences.append(
            f"El mapa muestra las {kept - 1} variables que más explican de "
            f"«{schema.target.label}», de {total - 1}."
        )
    if any(column.kind == "category" for column in schema.features):
        sentences.append(
            "Las categorías no tienen dirección: con números se muestra la raíz de la razón de "
            "correlación (η), entre categorías la V de Cramér; ambas van de 0 a 1 y descuentan lo "
            "que daría el azar."
        )
    return " ".join(sentences)


def drawn(frame: pd.DataFrame, sample: int, schema: Schema) -> str:
    """How many rows the charts draw, «las 200 filas» or «1.500 estudiantes elegidos…»."""
    if len(frame) <= sample:
        return f"Se dibujan {counted(len(frame), schema)}"
    return f"Se dibujan {number(sample, 0)} filas elegidas al azar"
