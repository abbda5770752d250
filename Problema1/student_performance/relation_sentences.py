"""Spanish sentences about what the columns have to do with one another."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from student_performance import association, parts
from student_performance.formatting import (
    amount,
    listing,
    number,
    percent,
)
from student_performance.schema import Column, Schema

# Usual words for the size of a correlation (Evans 1996)
STRENGTHS = ((0.8, "muy fuerte"), (0.6, "fuerte"), (0.4, "moderada"), (0.2, "débil"))
NAMED = 8  # features named in one sentence; the rest is counted


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
