"""Spanish sentences about data and results, computed from their numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from student_performance.columns import ACTIVITIES, FEATURES, NUMERIC_FEATURES, TARGET
from student_performance.data import Dataset
from student_performance.formatting import LABELS, interval, listing, number, percent

# Usual words for the size of a correlation (Evans 1996)
STRENGTHS = ((0.8, "muy fuerte"), (0.6, "fuerte"), (0.4, "moderada"), (0.2, "débil"))


def origin(dataset: Dataset) -> str:
    """The name of the data, and whether they are published or simulated."""
    if dataset.is_real:
        return f"{dataset.name} (datos publicados en Kaggle)"
    if dataset.is_simulated:
        return f"{dataset.name} (datos simulados)"
    return dataset.name


def quality(dataset: Dataset) -> str:
    """Rows, duplicates and missing values."""
    rows, repeated = len(dataset.rows), dataset.duplicates_dropped
    if not repeated:
        return f"Las {number(rows, 0)} filas son distintas entre sí y no faltan valores."
    return (
        f"De {number(rows, 0)} filas, {number(repeated, 0)} ({percent(repeated / rows)}) repiten "
        "exactamente otra: se descartan antes de separar entrenamiento y prueba, para que ninguna "
        "esté en ambos lados. No faltan valores."
    )


def correlation(frame: pd.DataFrame, feature: str) -> float:
    """Pearson's correlation of a feature (yes counts 1) with the index; NaN if one is constant."""
    values = (frame[feature] == "Yes") if feature == ACTIVITIES else frame[feature]
    values = values.astype("float64")
    if values.nunique() < 2 or frame[TARGET].nunique() < 2:
        return float("nan")
    return float(values.corr(frame[TARGET]))


def relation(frame: pd.DataFrame, feature: str) -> str:
    """The direction and the strength of a feature's correlation with the index."""
    r, label = correlation(frame, feature), LABELS[feature]
    if np.isnan(r):
        return f"«{label}» o el índice tienen un único valor: no hay correlación que calcular."
    strength = next((word for least, word in STRENGTHS if abs(r) >= least), None)
    if strength is None:
        return f"La correlación es r = {number(r, 3)}: casi nula."
    direction = "sube" if r > 0 else "baja"
    return (
        f"La correlación es r = {number(r, 3)}: {strength}. Al aumentar «{label}», el índice "
        f"{direction}; por sí sola explica el {percent(r * r)} de su variación."
    )


def strongest(frame: pd.DataFrame) -> str:
    """The features in the order of their correlation with the index."""
    correlations = {name: correlation(frame, name) for name in FEATURES}
    correlations = {name: r for name, r in correlations.items() if not np.isnan(r)}
    if not correlations:
        return "Ninguna variable cambia junto con el índice en estos datos."
    ranked = sorted(correlations, key=lambda name: -abs(correlations[name]))
    shown = [f"«{LABELS[name]}» (r = {number(correlations[name], 2)})" for name in ranked]
    if len(shown) == 1:
        return f"La única variable que varía es {shown[0]}."
    return f"De mayor a menor correlación con el índice: {listing(shown)}."


def features_together(frame: pd.DataFrame) -> str:
    """Whether the numeric features are correlated with each other."""
    table = frame[list(NUMERIC_FEATURES)].corr().to_numpy(copy=True)
    np.fill_diagonal(table, 0)
    if np.isnan(table).any():
        return "Alguna variable tiene un único valor, y con ella no hay correlación que calcular."
    row, column = np.unravel_index(np.abs(table).argmax(), table.shape)
    r = table[row, column]
    pair = listing([f"«{LABELS[NUMERIC_FEATURES[at]]}»" for at in (row, column)])
    if abs(r) < STRENGTHS[-1][0]:
        return (
            f"Las variables numéricas son casi independientes: la mayor correlación, entre {pair}, "
            f"es r = {number(r, 2)}."
        )
    return (
        f"La mayor correlación entre dos variables numéricas es la de {pair}: r = {number(r, 2)}."
    )


def activities(frame: pd.DataFrame) -> str:
    """Counts of the yes/no variable, and how much the index differs (Welch's interval)."""
    yes = frame.loc[frame[ACTIVITIES] == "Yes", TARGET]
    no = frame.loc[frame[ACTIVITIES] == "No", TARGET]
    share = percent(len(yes) / len(frame))
    counts = f"{number(len(yes), 0)} estudiantes ({share}) hacen actividades extracurriculares"
    if min(len(yes), len(no)) < 2:
        return f"{counts}: hay muy pocos en un grupo para compararlos."
    difference = yes.mean() - no.mean()
    ends = stats.ttest_ind(yes, no, equal_var=False).confidence_interval(0.95)
    more = "más" if difference > 0 else "menos"
    verdict = (
        "la diferencia puede ser azar"
        if ends.low <= 0 <= ends.high
        else "la diferencia es mayor que la que daría el azar"
    )
    return (
        f"{counts}. En promedio tienen {number(abs(difference), 2)} puntos {more} que el resto "
        f"(intervalo del 95 % de la diferencia: {interval(ends.low, ends.high)}): {verdict}."
    )


def comparison(table: pd.DataFrame) -> str:
    """Network against ordinary least squares, from ``evaluation.compare``."""
    network, ols = table.loc["network"], table.loc["ols"]
    low, high = network["r2_minus_ols_low"], network["r2_minus_ols_high"]
    if low <= 0 <= high:
        verdict = "incluye el cero, así que con estas filas no se distinguen"
    elif low > 0:
        verdict = "queda por encima de cero: la red predice mejor"
    else:
        verdict = "queda por debajo de cero: mínimos cuadrados predice mejor"
    return (
        f"La red explica el {percent(network['r2'], 2)} de la variación y mínimos cuadrados el "
        f"{percent(ols['r2'], 2)}. El intervalo del 95 % de la diferencia de R², "
        f"{interval(low, high, 5)}, {verdict}."
    )


def residuals(values: np.ndarray) -> str:
    """Bias and spread of true minus predicted values, in index points."""
    error = stats.sem(values)
    bias = float(np.mean(values))
    sides = "no se aparta de cero" if abs(bias) <= 2 * error else "se aparta de cero"
    return (
        f"El residuo medio es {number(bias, 2)} ± {number(2 * error, 2)} puntos y {sides}; la "
        f"mitad de los estudiantes queda a menos de {number(np.median(np.abs(values)), 2)} puntos "
        "de lo predicho."
    )


def importance(table: pd.DataFrame) -> str:
    """Which feature the network needs most, from ``evaluation.permutation_importance``."""
    first, last = table.iloc[0], table.iloc[-1]
    return (
        f"La red depende sobre todo de «{LABELS[first['feature']]}»: al mezclar sus valores R² cae "
        f"{number(first['mean'], 3)}. La que menos pesa es «{LABELS[last['feature']]}» "
        f"({number(last['mean'], 4)})."
    )


def coverage(row: pd.Series, n: int, n_calibration: int) -> str:
    """Measured against nominal coverage at one level.

    Args:
        row: ``level`` and ``coverage``, as ``evaluation.coverage`` returns them.
        n: test rows.
        n_calibration: rows that gave the half-widths.
    """
    # two standard errors; the widths, from a sample too, add theirs to that of the test rows
    margin = 2 * np.sqrt(row["level"] * (1 - row["level"]) * (1 / n + 1 / n_calibration))
    gap = row["coverage"] - row["level"]
    verdict = (
        "coincide con lo prometido, dentro del azar de la muestra"
        if abs(gap) <= margin
        else ("es menor que lo prometido" if gap < 0 else "es mayor que lo prometido")
    )
    return (
        f"El intervalo del {percent(row['level'], 0)} contiene al {percent(row['coverage'])} de "
        f"los {number(n, 0)} estudiantes de prueba: {verdict} (± {percent(margin)})."
    )
