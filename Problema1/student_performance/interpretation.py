"""Spanish sentences about data, computed from their numbers."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from scipy import stats

from student_performance import association, parts
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
from student_performance.schema import Column, Schema

# Usual words for the size of a correlation (Evans 1996)
STRENGTHS = ((0.8, "muy fuerte"), (0.6, "fuerte"), (0.4, "moderada"), (0.2, "débil"))
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


def relation(frame: pd.DataFrame, schema: Schema, feature: str) -> str:
    """Direction, strength and bend of the relation of a feature with the target."""
    column, target = schema[feature], schema.target
    each = association.relation(frame, schema, feature)
    if math.isnan(each.explained):
        return (
            f"«{column.label}» o «{target.label}» tienen un único valor: no hay correlación que "
            "calcular."
        )
    if column.kind == "category":
        return _levels(frame, schema, column, each.explained)
    if each.bends:
        return _bend(frame, schema, column, each)
    return _straight(column, target, each)


def _straight(column: Column, target: Column, each: association.Relation) -> str:
    r = each.r
    strength = next((word for least, word in STRENGTHS if abs(r) >= least), None)
    if strength is None:
        return f"La correlación es r = {number(r, 3)}: casi nula, y no se ve que se doble."
    direction = "sube" if r > 0 else "baja"
    return (
        f"La correlación es r = {number(r, 3)}: {strength}. Al aumentar «{column.label}», "
        f"«{target.label}» {direction}; por sí sola explica el {percent(each.share)} de su "
        "variación."
    )


def _bend(frame: pd.DataFrame, schema: Schema, column: Column, each: association.Relation) -> str:
    target = schema.target
    means = means_by_part(frame, schema, column.name)
    high, low = means["mean"].idxmax(), means["mean"].idxmin()
    return (
        f"La relación no es una recta: por tramos, «{column.label}» explica el "
        f"{percent(each.explained)} de la variación de «{target.label}», y una recta sólo el "
        f"{percent(each.line)} (r = {number(each.r, 3)}). El promedio más alto, "
        f"{amount(means.loc[high, 'mean'], 1, target.unit)}, está en {high}; el más bajo, "
        f"{amount(means.loc[low, 'mean'], 1, target.unit)}, en {low}."
    )


def means_by_part(frame: pd.DataFrame, schema: Schema, feature: str) -> pd.DataFrame:
    """Mean of the target (``mean``) and rows (``n``) in each part of a feature, by its name."""
    names, order = parts.named(frame[feature], schema[feature])
    groups = frame[schema.target.name].groupby(names)
    table = pd.DataFrame({"mean": groups.mean(), "n": groups.size()})
    return table.loc[order].dropna()


def _levels(frame: pd.DataFrame, schema: Schema, column: Column, share: float) -> str:
    unit = schema.target.unit
    means = means_by_part(frame, schema, column.name)
    if share < STRENGTHS[-1][0] ** 2:
        return (
            f"«{column.label}» explica el {percent(share)} de la variación de "
            f"«{schema.target.label}»: casi nada."
        )
    high, low = means["mean"].idxmax(), means["mean"].idxmin()
    return (
        f"«{column.label}» explica el {percent(share)} de la variación de «{schema.target.label}»: "
        f"en promedio, de {amount(means.loc[low, 'mean'], 1, unit)} con «{low}» a "
        f"{amount(means.loc[high, 'mean'], 1, unit)} con «{high}»."
    )


def strongest(frame: pd.DataFrame, schema: Schema) -> str:
    """The features in the order of what they explain of the target, each alone."""
    target = schema.target.label
    relations = association.strongest(frame, schema)
    if not relations:
        return f"Ninguna variable cambia junto con «{target}» en estos datos."
    shown = []
    for name, each in list(relations.items())[:NAMED]:
        r = "" if math.isnan(each.r) else f"; r = {number(each.r, 2)}"
        shown.append(
            f"«{schema[name].label}» ({percent(each.share)}{r}"
            f"{'; no es una recta' if each.bends else ''})"
        )
    if len(shown) == 1:
        return f"La única variable que varía es {shown[0]}."
    rest = len(relations) - len(shown)
    more = f"; las otras {rest}, menos" if rest > 0 else ""
    return (
        f"De mayor a menor, lo que cada variable explica por sí sola de la variación de "
        f"«{target}»: {listing(shown)}{more}."
    )


def bends(frame: pd.DataFrame, schema: Schema) -> str:
    """The features whose relation with the target is bent, which r does not see.

    Beside r stands R, the multiple correlation (adjusted) of a line with a step at each part: 0 to
    1, without direction.
    """
    relations = association.strongest(frame, schema)
    bent = [(name, each) for name, each in relations.items() if each.bends]
    target = schema.target.label
    if not bent:
        return f"Por tramos, ninguna relación con «{target}» se aparta mucho de una recta."
    shown = listing(
        [
            f"«{schema[name].label}» (r = {number(each.r)}; por tramos, "
            f"R = {number(math.sqrt(each.explained))})"
            for name, each in bent[:NAMED]
        ]
    )
    rest = len(bent) - NAMED
    return (
        f"El coeficiente r sólo mide rectas. Con «{target}» no va en línea recta: {shown}"
        f"{f' y {rest} más' if rest > 0 else ''}. La medida R, raíz de lo que explica una "
        "recta con un escalón en cada tramo, ve también lo que se dobla; va de 0 a 1."
    )


def features_together(frame: pd.DataFrame, schema: Schema) -> str:
    """Whether the numeric features are correlated with each other."""
    columns = schema.numeric
    if len(columns) < 2:
        return "No hay dos variables numéricas que comparar entre sí."
    table = frame[[column.name for column in columns]].corr().to_numpy(copy=True)
    np.fill_diagonal(table, 0)
    known = np.where(np.isnan(table), 0, np.abs(table))
    constant = [column for column in columns if frame[column.name].nunique() < 2]
    if len(columns) - len(constant) < 2:
        return "Alguna variable tiene un único valor, y con ella no hay correlación que calcular."
    row, at = np.unravel_index(known.argmax(), known.shape)
    r = table[row, at]
    pair = listing([f"«{columns[each].label}»" for each in sorted((row, at))])
    ending = (
        f" De {listing([f'«{column.label}»' for column in constant])} hay un único valor."
        if constant
        else ""
    )
    if abs(r) < STRENGTHS[-1][0]:
        return (
            f"Las variables numéricas son casi independientes: la mayor correlación, entre {pair}, "
            f"es r = {number(r, 2)}.{ending}"
        )
    return (
        f"La mayor correlación entre dos variables numéricas es la de {pair}: r = {number(r, 2)}."
        f"{ending}"
    )


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
