"""Spanish numbers and names for what students read."""

from __future__ import annotations

MODELS = {
    "dense": "Densa",
    "cnn": "Convolucional",
    "residual": "Residual",
    "cnn_distilled": "Convolucional destilada",
    "residual_distilled": "Residual destilada",
    "resnet50": "ResNet50",
    "resnet50_max": "ResNet50 (máximo)",
    "best": "ResNet50 (ajuste fino)",
}
# the rows of the ablation
ABLATION = {
    "report": "ninguno (como el informe)",
    "scaling": "entradas escaladas",
    "validation": "validación propia (menos imágenes)",
    "augmentation": "aumento de datos",
    "pooling": "promedio en lugar de máximo",
    "schedule": "calentamiento, coseno y decaimiento",
    "weight_decay": "decaimiento de pesos",
    "smoothing": "suavizado de etiquetas",
    "all": "todos",
    "sigmoid": "sigmoide",
    "tanh": "tangente hiperbólica",
    "unit": "entradas de 0 a 1",
    "unit_sigmoid": "entradas de 0 a 1 y sigmoide",
}
# classifiers that are no networks, in the order of their table
BASELINES = {
    "constant": "respuesta constante",
    "colour": "regresión logística, color medio",
    "thumbnails": "regresión logística, miniaturas de 8×8",
    "knn": "k vecinos, promedios de ResNet50",
}
KINDS = {"real": "imágenes reales", "simulated": "escenas generadas", "own": "imágenes propias"}


def number(value: float, digits: int = 2) -> str:
    """Decimal comma, thousands point: 1.234,50."""
    text = f"{round(value, digits) + 0.0:,.{digits}f}"  # the sum turns -0.0 into 0.0
    return text.translate(str.maketrans(",.", ".,")).replace("-", "−")


def percent(share: float, digits: int = 1) -> str:
    """A share of 0.905 as «90,5 %»."""
    return f"{number(100 * share, digits)} %"


def interval(low: float, high: float, digits: int = 3) -> str:
    """«[0,920; 0,935]»."""
    return f"[{number(low, digits)}; {number(high, digits)}]"


def duration(seconds: float | None) -> str:
    """«45 s», «12 min», «1 h 05 min»; a dash where it is not known."""
    if seconds is None:
        return "—"
    if seconds < 100:
        return f"{number(seconds, 1 if seconds < 10 else 0)} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"
