"""The report's numbers, tables and sentences about Problem 1."""

from __future__ import annotations

import statistics

import layers
from intervals import wilson, with_interval

from scenes.formatting import number, percent
from student_performance import verdicts
from student_performance.published import REPORT_MAE
from student_performance.schema import Schema

RIVALS = {  # of `benchmarks/problema1.py`, in the table's order
    "network": "Red",
    "ols": "Mín. cuadrados",
    "hist": "Árboles pot.",
    "forest": "Bosque",
    "mlp": "Perceptrón",
    "catboost": "CatBoost",
}
RELATIONS = {
    "data set": "publicados",
    "kink": "quiebre en el sueño",
    "interaction": "estudio × notas",
    "mixed": "producto, umbrales, cuadrado",
    "saturation": "saturación",
    "twist": "pendiente según sí/no",
    "wave": "onda lenta",
    "fast wave": "onda rápida",
}
HELD_BACK = {  # made after the network's recipe was chosen
    "steps": "escalones (apartada)",
    "many features": "muchas variables (apartada)",
}
EQUAL = 0.0005  # points: less than what three decimals show
SCORES = (("r2", 4), ("rmse", 3), ("mae", 3))
NAMED = {
    "": "Red",
    "ols_": "Mínimos cuadrados",
    "boosting_": "Árboles potenciados",
    "mean_": "Media",
}


def texts(metrics: dict, details: dict, benchmark: dict, network) -> dict:
    """What ``problema1.typ`` inserts.

    Args:
        metrics, details: of the training and of ``details.py``.
        benchmark: what ``benchmarks/problema1.py`` wrote.
        network: the trained one.
    """
    schema = Schema.from_json(metrics["schema"])
    coverage = wilson(metrics["interval_coverage"], metrics["n_test"])
    return {
        "n_filas": number(metrics["n_train"] + metrics["n_test"], 0),
        "n_repetidas": number(metrics["repeated"], 0),
        "n_train": number(metrics["n_train"], 0),
        "n_test": number(metrics["n_test"], 0),
        "semilla": str(metrics["seed"]),
        "capas": layers.table(network),
        "resultados": {
            "cabecera": ["", "R²", "RMSE (puntos)", "MAE (puntos)"],
            "filas": scores(metrics, details),
        },
        "exploracion": strongest(details["exploration"], schema),
        "hallazgo": verdicts.findings(metrics, schema),
        "aprendizaje": learning_curve(details["learning_curve"]),
        "semillas_curva": number(details["learning_curve"][0]["seeds"], 0),
        "diferencia": with_interval(metrics["r2_minus_ols"], metrics["r2_minus_ols_ci"], 5),
        "columnas": fewer_columns(metrics, details["without"], schema),
        "residuos": residuals(details["errors"]["residuals"]),
        "relaciones": relations(benchmark["cases"]),
        "relaciones_dicho": ranking(benchmark["cases"]),
        "nivel": percent(metrics["interval_level"], 0),
        "cobertura": percent(metrics["interval_coverage"]),
        "cobertura_ic": " a ".join(percent(end) for end in coverage),
        "ancho": number(metrics["interval_width"]),
        "mae_previo": number(REPORT_MAE, 3),
    }


def scores(metrics: dict, details: dict) -> list[list[str]]:
    """A row a model, those that are not given some columns after the others."""
    rows = [
        [
            label,
            *(
                with_interval(metrics[prefix + score], metrics[f"{prefix}{score}_ci"], digits)
                for score, digits in SCORES
            ),
        ]
        for prefix, label in NAMED.items()
    ]
    left_out = details["without"]
    count = len(metrics["schema"]["features"]) - len(left_out["left_out"])
    for key, label in (("network", "Red"), ("ols", "Mínimos cuadrados")):
        own = left_out[key]
        cells = (with_interval(own[score], own[f"{score}_ci"], digits) for score, digits in SCORES)
        rows.append([f"{label}, {count} columnas", *cells])
    return rows


def strongest(found: dict, schema: Schema) -> str:
    """Which features go with the target, by correlation."""
    known = {
        column.label.lower(): found["features"][column.name]["correlation"]
        for column in schema.features
    }
    order = sorted(
        (name for name in known if known[name] is not None), key=lambda n: -abs(known[n])
    )
    first, second, *rest = order
    weakest = max(abs(known[name]) for name in rest)
    text = (
        f"La correlación con el índice es {number(known[first])} para {first} y "
        f"{number(known[second])} para {second}; la de las demás no pasa de "
        f"{number(weakest)} en valor absoluto"
    )
    return text + ("." if weakest >= 0.1 else ": de a una, dicen poco del índice.")


def learning_curve(points: list[dict]) -> str:
    """Errors with the fewest and with all rows, and whether the deviations tell them apart."""
    first, last = points[0], points[-1]

    def said(point: dict, key: str) -> str:
        return f"{number(point[key], 3)} ± {number(point[f'{key}_sd'], 3)}"

    worst = max(points, key=lambda point: max(abs(point["gap"]), point["gap_sd"]))
    if all(max(abs(p["gap"]), p["gap_sd"]) < EQUAL for p in points):
        verdict = "Con las mismas filas, los dos coinciden hasta el tercer decimal en cada tamaño."
    else:
        verdict = (
            "Con las mismas filas, la mayor diferencia media entre los dos es de "
            f"{number(worst['gap'], 3)} ± {number(worst['gap_sd'], 3)} puntos, con "
            f"{number(worst['n'], 0)} filas."
        )
    return (
        f"Con {number(first['n'], 0)} filas, el RMSE de la red en filas apartadas es "
        f"{said(first, 'rmse')} puntos y el de mínimos cuadrados {said(first, 'ols_rmse')}; con "
        f"{number(last['n'], 0)}, {said(last, 'rmse')} y {said(last, 'ols_rmse')}. {verdict}"
    )


def fewer_columns(metrics: dict, left_out: dict, schema: Schema) -> str:
    """What is lost without some columns, and how the published error lies beside it."""
    names = " ni ".join(schema[name].label.lower() for name in left_out["left_out"])
    ols, low_high = left_out["ols"]["mae"], left_out["ols"]["mae_ci"]
    where = "dentro" if low_high[0] <= REPORT_MAE <= low_high[1] else "fuera"
    return (
        f"Sin {names}, con las mismas filas, el MAE de la red pasa de "
        f"{number(metrics['mae'], 3)} a {number(left_out['network']['mae'], 3)} y el de mínimos "
        f"cuadrados de {number(metrics['ols_mae'], 3)} a {number(ols, 3)}. El informe previo "
        f"publicó {number(REPORT_MAE, 3)} en su propia partición: queda {where} del intervalo de "
        "la recta con las columnas que quedan."
    )


def residuals(found: dict) -> str:
    """Whether the error is centred and equally wide along the predictions."""
    middles = [each[2] for each in found["quantiles"]]
    widths = [each[3] - each[1] for each in found["quantiles"]]
    return (
        f"La mediana de los residuos de cada décimo va de {number(min(middles))} a "
        f"{number(max(middles))} puntos, y la distancia entre sus cuartiles, de "
        f"{number(min(widths))} a {number(max(widths))}."
    )


def relations(cases: dict) -> dict:
    """Errors of the network and of the usual models on the published rows, and on relations that
    bend, drawn on the published features with noise of 2 points: mean ± deviation over seeds."""
    rows = []
    models = _models(cases)
    for case, label in (RELATIONS | HELD_BACK).items():
        runs = [run["errors"] for run in cases[case]["runs"]]
        cells = []
        for name in models:
            errors = [run[name] for run in runs]
            deviation = statistics.stdev(errors) if len(errors) > 1 else 0.0
            cells.append(f"{number(statistics.fmean(errors), 3)} ± {number(deviation, 3)}")
        rows.append([label, *cells])
    return {
        "cabecera": ["", *(RIVALS[name] for name in models)],
        "filas": rows,
        "n_semillas": number(len(cases["data set"]["runs"]), 0),
    }


def ranking(cases: dict) -> str:
    """In how many relations the network has the least mean error, and where not."""
    named = RELATIONS | HELD_BACK
    bent = [case for case in named if case != "data set"]
    won, lost = 0, []
    for case in bent:
        means = {
            name: statistics.fmean(run["errors"][name] for run in cases[case]["runs"])
            for name in _models(cases)
        }
        if min(means, key=means.__getitem__) == "network":
            won += 1
        else:
            lost.append(named[case])
    text = f"La red tiene la menor media en {won} de las {len(bent)} relaciones que se curvan, "
    text += f"{len(HELD_BACK)} de ellas apartadas"
    return text + (f"; no en {', '.join(lost)}." if lost else ".")


def _models(cases: dict) -> list[str]:
    return [name for name in RIVALS if name in cases["data set"]["runs"][0]["errors"]]
