"""Spanish sentences about models and their predictions, computed from their numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from student_performance.config import GATE
from student_performance.data import Dataset
from student_performance.formatting import (
    amount,
    counted,
    digits_for,
    interval,
    listing,
    number,
    percent,
    short,
    the_rows,
)
from student_performance.schema import Schema


def comparison(table: pd.DataFrame) -> str:
    """Network against ordinary least squares and boosted trees, from ``evaluation.compare``."""
    network, ols = table.loc["network"], table.loc["ols"]
    low, high = network["r2_minus_ols_low"], network["r2_minus_ols_high"]
    verdict = _verdict(low, high, "mínimos cuadrados predice mejor")
    return (
        f"La red explica el {percent(network['r2'], 2)} de la variación y mínimos cuadrados el "
        f"{percent(ols['r2'], 2)}. El intervalo del 95 % de la diferencia de R², "
        f"{interval(low, high, 5)}, {verdict}.{_against_trees(table)}"
    )


def _verdict(low: float, high: float, other_is_better: str) -> str:
    if max(abs(low), abs(high)) < 1e-9:
        return "es nulo: predicen lo mismo"
    if low <= 0 <= high:
        return "incluye el cero, así que con estas filas no se distinguen"
    if low > 0:
        return "queda por encima de cero: la red predice mejor"
    return f"queda por debajo de cero: {other_is_better}"


def _against_trees(table: pd.DataFrame) -> str:
    network = table.loc["network"]
    low, high = network["r2_minus_boosting_low"], network["r2_minus_boosting_high"]
    verdict = _verdict(low, high, "los árboles predicen mejor")
    return (
        f" Los árboles potenciados explican el {percent(table.loc['boosting', 'r2'], 2)}; el "
        f"intervalo de su diferencia con la red, {interval(low, high, 5)}, {verdict}."
    )


def tested_rows(metrics: dict, dataset: Dataset, n: int) -> str:
    """Which rows a model is tested on, and whether it may have learned from them."""
    text = (
        "las mismas que se apartaron al entrenar"
        if metrics["data_digest"] == dataset.digest
        else "el modelo se entrenó con otra tabla; si comparten filas, las cifras son optimistas"
    )
    simulated = " Son datos simulados." if dataset.is_simulated else ""
    return (
        f"Se evalúa con {number(n, 0)} filas de {dataset.name} (20 % al azar, semilla "
        f"{metrics['seed']}): {text}.{simulated}"
    )


def findings(metrics: dict, schema: Schema) -> str:
    """What a training found out: whether the line suffices, or what bends; and the intervals."""
    found = metrics["findings"]
    z = number(found["z"], 1)
    if not found["bends"]:
        text = (
            "Con estos datos basta la recta: en las filas que no vieron, las redes pequeñas no la "
            f"mejoran lo suficiente (z = {z}; hacen falta {number(GATE, 0)})."
        )
    else:
        text = (
            "La red se aparta de la recta, y con ello predice mejor las filas que no vio "
            f"(z = {z}). {_bent(metrics, schema)}"
        )
    return f"{text} {_intervals_found(found)}".strip()


def _bent(metrics: dict, schema: Schema) -> str:
    """Which variables bend and which interact, by at least a quarter of the error."""
    least, unit = metrics["held_out_rmse"] / 4, schema.target.unit
    sentences = []
    for key, words in (
        ("bend", "Lejos de una recta queda"),
        ("interaction", "Depende de las demás variables el efecto de"),
    ):
        sizes = [(each[key], at) for at, each in enumerate(metrics["findings"]["variables"])]
        most = sorted((each for each in sizes if each[0] >= least), reverse=True)
        if most:
            names = listing(
                [
                    f"«{schema.features[at].label}» ({amount(size, 2, unit)})"
                    for size, at in most[:4]
                ]
            )
            verb = f"{words}n" if key == "bend" and len(most) > 1 else words
            rest = len(most) - 4
            more = f"; también {rest} más" if rest > 0 else ""
            sentences.append(f"{verb} {names}{more}.")
    if not sentences:
        return "Ninguna variable se aparta de una recta en más de un cuarto del error."
    return f"{' '.join(sentences)} Entre paréntesis, cuánto: el desvío típico en la predicción."


def _intervals_found(found: dict) -> str:
    z = number(found["spread_z"], 1)
    if found["spread_varies"]:
        return f"El ancho de los intervalos cambia con las variables (z = {z})."
    return f"Los intervalos tienen el mismo ancho en todas las filas (z = {z})."


def models_compared(row: pd.Series, names: tuple[str, str], schema: Schema) -> str:
    """Two models on the same test rows, from ``archives.compare``."""
    unit = schema.target.unit
    text = (
        f"RMSE en las mismas filas de prueba: «{names[0]}» {number(row['rmse'], 3)} y «{names[1]}» "
        f"{amount(row['other_rmse'], 3, unit)}. El intervalo del 95 % de la diferencia, "
        f"{interval(row['low'], row['high'], 3)}, "
    )
    if row["low"] <= 0 <= row["high"]:
        return f"{text}incluye el cero: con estas filas no se distinguen."
    better = names[0] if row["high"] < 0 else names[1]
    return f"{text}no incluye el cero: predice mejor «{better}»."


def learning_curve(points: list[dict], schema: Schema) -> str:
    """Errors of network and least squares with the fewest and with all rows, from
    ``training.learning_curve``."""
    first, last = points[0], points[-1]
    digits = digits_for(last["rmse"] / 10, 3)
    return (
        f"Con {number(first['n'], 0)} filas, el RMSE de la red en "
        f"{number(first['n_held_out'], 0)} filas apartadas es "
        f"{amount(first['rmse'], digits, schema.target.unit)} y el de mínimos cuadrados "
        f"{number(first['ols_rmse'], digits)}; con {number(last['n'], 0)}, "
        f"{number(last['rmse'], digits)} y {number(last['ols_rmse'], digits)}."
    )


def residuals(values: np.ndarray, schema: Schema) -> str:
    """Bias and spread of true minus predicted values, in target units."""
    error, unit = stats.sem(values), schema.target.unit
    bias = float(np.mean(values))
    digits = digits_for(2 * error, 2)
    sides = "no se aparta de cero" if abs(bias) <= 2 * error else "se aparta de cero"
    return (
        f"El residuo medio es {number(bias, digits)} ± {amount(2 * error, digits, unit)} y {sides};"
        f" la mitad de {the_rows(schema)} queda a menos de "
        f"{amount(np.median(np.abs(values)), 2, unit)} de lo predicho."
    )


def importance(table: pd.DataFrame, schema: Schema) -> str:
    """Which feature the network needs most, from ``explanation.permutation_importance``."""
    first, last = table.iloc[0], table.iloc[-1]
    unit = schema.target.unit
    rise = f"su error (RMSE) sube {amount(first['mean'], 2, unit)}"
    if first["mean"] <= 2 * first["std"]:
        return "Al mezclar los valores de cualquier variable, el error de la red apenas cambia."
    text = (
        f"La red depende sobre todo de «{schema[first['feature']].label}»: al mezclar sus valores "
        f"{rise}."
    )
    if len(table) == 1:
        return text
    return (
        f"{text} La que menos pesa es «{schema[last['feature']].label}» "
        f"({amount(last['mean'], 3, unit)})."
    )


def contributions(values: np.ndarray, mean: float, schema: Schema) -> str:
    """What moves one prediction most, from ``Bundle.contributions``."""
    order = np.argsort(-np.abs(values))
    unit = schema.target.unit
    if abs(values[order[0]]) < 0.005 * max(abs(mean), 1e-9):
        return "Ninguna variable aparta esta predicción del promedio."
    moved = []
    for at in order[:3]:
        if abs(values[at]) >= 0.1 * abs(values[order[0]]):
            verb = "sube" if values[at] > 0 else "baja"
            moved.append(
                f"«{schema.features[at].label}» la {verb} {amount(abs(values[at]), 1, unit)}"
            )
    return f"Parte del promedio, {amount(mean, 1, unit)}: {listing(moved)}."


def coverage(row: pd.Series, n: int, n_training: int, schema: Schema) -> str:
    """Measured against nominal coverage at one level.

    Args:
        row: ``level`` and ``coverage``, as ``evaluation.coverage`` returns them.
        n: test rows.
        n_training: rows that gave the widths.
    """
    # two standard errors; the widths, from a sample too, add theirs to that of the test rows
    margin = 2 * np.sqrt(row["level"] * (1 - row["level"]) * (1 / n + 1 / n_training))
    gap = row["coverage"] - row["level"]
    verdict = (
        "coincide con lo prometido, dentro del azar de la muestra"
        if abs(gap) <= margin
        else ("es menor que lo prometido" if gap < 0 else "es mayor que lo prometido")
    )
    return (
        f"El intervalo del {percent(row['level'], 0)} contiene al {percent(row['coverage'])} de "
        f"{counted(n, schema)} de prueba: {verdict} (± {percent(margin)})."
    )


def other_levels(covered: pd.DataFrame, n: int, n_training: int) -> str:
    """At which levels the coverage misses its promise by three standard errors, from
    ``evaluation.coverage``."""
    level = covered["level"]
    margin = 3 * np.sqrt(level * (1 - level) * (1 / n + 1 / n_training))
    off = covered[(covered["coverage"] - level).abs() > margin]
    if off.empty:
        return "En ningún otro nivel se aparta de lo prometido más de lo que lo haría el azar."
    worst = off.loc[(off["coverage"] - off["level"]).abs().idxmax()]
    return (
        f"En {len(off)} de {len(covered)} niveles se aparta más de lo que lo haría el azar; sobre "
        f"todo, el intervalo del {percent(worst['level'], 0)} contiene al "
        f"{percent(worst['coverage'])}."
    )


def coverage_by_part(table: pd.DataFrame, level: float, schema: Schema) -> str:
    """Where the intervals cover too little or too much, from ``evaluation.coverage_by_part``.

    A part counts as off when its coverage misses the level by three standard errors: some part of
    many would miss it by two.
    """
    off = table[(table["coverage"] - level).abs() > 3 * np.sqrt(level * (1 - level) / table["n"])]
    if off.empty:
        return (
            f"En ninguna parte de ninguna variable la cobertura se aparta del {percent(level, 0)} "
            "más de lo que lo haría el azar."
        )
    shown = off.assign(gap=(off["coverage"] - level).abs()).nlargest(3, "gap")
    parts = [
        f"{percent(row.coverage)} con «{schema[row.feature].label}» en {row.part}"
        for row in shown.itertuples()
    ]
    several = "n" if len(off) > 1 else ""
    return (
        f"Del {percent(level, 0)} prometido se aparta{several} {len(off)} de {len(table)} partes: "
        f"{listing(parts)}{'; y otras' if len(off) > len(parts) else ''}."
    )


def coefficients(table: pd.DataFrame, schema: Schema) -> str:
    """Which terms of least squares differ from zero, from ``baselines.coefficients``."""
    known = table.dropna()
    sure = known[(known["low"] > 0) | (known["high"] < 0)]
    missing = len(table) - len(known)
    rest = (
        f" {missing} no se puede{'n' if missing > 1 else ''} calcular con estas filas."
        if missing
        else ""
    )
    if sure.empty:
        return f"Ningún coeficiente se distingue de cero.{rest}"
    names = listing([f"«{schema[name].label}»" for name in dict.fromkeys(sure["feature"])][:6])
    return (
        f"{len(sure)} de {len(known)} coeficientes se distinguen de cero, con el intervalo del "
        f"95 %: los de {names}{' y otras' if sure['feature'].nunique() > 6 else ''}.{rest}"
    )


def under(marks: pd.Series, threshold: float, schema: Schema) -> str:
    """How many rows are, or may be, under a threshold, from ``ranking.marks``."""
    below, maybe = int((marks == "por debajo").sum()), int((marks == "podría").sum())
    text = (
        f"{number(below, 0)} con la predicción por debajo de {short(threshold)} "
        f"{schema.target.unit}"
    ).rstrip()
    if not maybe:
        return f"{text}; ninguno de los demás intervalos llega tan abajo."
    verb = "podría estarlo" if maybe == 1 else "podrían estarlo"
    return f"{text}; {number(maybe, 0)} más {verb}: su intervalo llega tan abajo."


def known_values(answer: pd.DataFrame, level: float, schema: Schema) -> str:
    """Predictions against the true values of a file, from ``ranking.answers``."""
    known = answer.dropna(subset=["Real"])
    inside = (known["Real"] >= known["Inferior"]) & (known["Real"] <= known["Superior"])
    return (
        f"El archivo trae «{schema.target.label}» en {number(len(known), 0)} de "
        f"{number(len(answer), 0)} filas: el error absoluto medio es "
        f"{amount(known['Error'].abs().mean(), 2, schema.target.unit)} y el intervalo del "
        f"{percent(level, 0)} contiene al {percent(inside.mean())} de los valores."
    )
