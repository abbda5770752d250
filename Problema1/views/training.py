"""Entrenamiento: hyperparameters, live curves, and the trainings of this visit."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from student_performance import data, verdicts
from student_performance.charts.curves import by_epoch, training_curves
from student_performance.config import Loss, TrainingConfig
from student_performance.formatting import LOSSES, PENALTIES, amount, number, penalty_name
from student_performance.inference import SHIPPED
from student_performance.jobs import CurveJob, TrainingJob
from student_performance.problems import Problem
from student_performance.trainer import Trainer
from views import kept, session

DEFAULT = TrainingConfig()
REFRESH_SECONDS = 0.5
LOSS_NAMES: tuple[Loss, ...] = ("huber", "mse")


@st.cache_resource(show_spinner=False, on_release=Trainer.close)
def trainer() -> Trainer:
    """The process that trains; it loads TensorFlow when the first visitor opens this page."""
    return Trainer()


def form(disabled: bool) -> bool:
    """The form; true when the visitor has started a training with it."""
    with st.form("hyperparameters", enter_to_submit=False):
        config = hyperparameters()
        st.caption(durations())
        pressed = st.form_submit_button(
            "Entrenar", type="primary", icon=":material/play_arrow:", disabled=disabled
        )
    if not pressed:
        return False
    try:
        data.require_trainable(session.dataset())
    except Problem as error:
        session.show_problems(error)
        return False
    session.start(TrainingJob(session.dataset(), config, trainer()))
    return True


@st.cache_data(show_spinner=False)
def durations() -> str:
    """How long trainings took where the benchmark was run; empty where its file is missing."""
    path = SHIPPED.with_name(f"{SHIPPED.name}_benchmark.json")
    try:
        measured = json.loads(path.read_text(encoding="utf-8"))
        cases = [measured["settings"][f"data set, more {name}"] for name in ("units", "epochs")]
        told = [
            f"{layers(each['hidden'])} y {number(each['epochs'], 0)} épocas, "
            f"{number(each['seconds'], 0)} s"
            for each in cases
        ]
        rows = number(cases[0]["rows"], 0)
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    return f"En la máquina en que se midió, con {rows} filas de entrenamiento: {'; '.join(told)}."


def layers(units: Sequence[int]) -> str:
    """«16 → 8»."""
    return " → ".join(map(str, units))


def hyperparameters() -> TrainingConfig:
    """Seven fields in three columns."""
    first, second, third = st.columns(3)
    hidden = first.selectbox(
        "Capas ocultas",
        [(8,), (16, 8), (32, 16), (64, 32), (64, 64, 32)],
        index=1,
        format_func=layers,
        help="Neuronas de cada capa de las redes pequeñas. La recta está siempre. Las más grandes "
        "tardan varias veces más.",
        key="hidden",
        persist_state="session",
    )
    epochs = second.number_input(
        "Épocas",
        1,
        500,
        DEFAULT.epochs,
        help="Pasadas por los datos de entrenamiento; el tiempo crece con ellas.",
        key="epochs",
        persist_state="session",
    )
    batch_size = third.selectbox(
        "Tamaño de lote",
        [32, 64, 128, 256, 512],
        index=3,
        help="Filas por paso, como máximo: con pocas filas se usan lotes más pequeños.",
        key="batch_size",
        persist_state="session",
    )
    learning_rate = first.select_slider(
        "Tasa de aprendizaje inicial",
        [0.001, 0.003, 0.01, 0.03, 0.1],
        DEFAULT.learning_rate,
        format_func=lambda rate: number(rate, 4).rstrip("0"),
        help="Decae hasta cero siguiendo un coseno.",
        key="learning_rate",
        persist_state="session",
    )
    loss = second.selectbox(
        "Pérdida",
        LOSS_NAMES,
        format_func=lambda name: LOSSES[name].capitalize(),
        help="Con Huber, un error enorme pesa como su tamaño y no como su cuadrado.",
        key="loss",
        persist_state="session",
    )
    penalty = third.select_slider(
        "Regularización",
        list(PENALTIES),
        DEFAULT.penalty,
        format_func=lambda value: penalty_name(value).capitalize(),
        help="Cuánto se penalizan los pesos grandes (L2): con más, la red se acerca a la recta.",
        key="penalty",
        persist_state="session",
    )
    seed = first.number_input(
        "Semilla",
        0,
        2**31 - 1,
        DEFAULT.seed,
        help="La misma semilla repite la separación y el entrenamiento.",
        key="seed",
        persist_state="session",
    )
    return TrainingConfig(hidden, epochs, batch_size, learning_rate, loss, penalty, seed)


def monitor() -> None:
    """The progress of a training, drawn again while it lasts."""
    job = session.job()
    if job is None:
        return
    draw(job)
    if not job.active:
        st.rerun()  # the whole page: the form is free again, the result stands below


def draw(job: TrainingJob) -> None:
    total, run = job.config.epochs, len(job.epochs)
    if job.state == "waiting":
        st.progress(0.0, text=waiting(job))
    elif run == total:
        st.progress(1.0, text="Eligiendo las redes, midiendo y guardando…")
    else:
        left = job.epochs[-1]["seconds"] / run * (total - run) if run else 0
        rest = f"; faltan unos {number(left, 0)} s" if run > 1 else ""
        st.progress(run / total, text=f"Época {run} de {total}{rest}")
    if job.active and st.button("Detener", icon=":material/stop:", key="stop"):
        job.stop()
        st.caption("Se detiene al terminar la época.")
    if job.epochs:
        curves(pd.DataFrame(list(job.epochs)), total, job.dataset.schema.target.unit)


def waiting(job: TrainingJob | CurveJob) -> str:
    """Why a job has not begun."""
    if ahead := job.ahead:
        return (
            "En la cola, detrás de otro trabajo."
            if ahead == 1
            else f"En la cola, detrás de otros {ahead} trabajos."
        )
    if job.loading:
        return "Cargando Keras; la primera vez puede tardar unos segundos."
    return "Preparando los datos…"


def curves(epochs: pd.DataFrame, total: int, unit: str) -> None:
    st.altair_chart(training_curves(epochs, total, unit))
    st.caption(
        "Media de las redes pequeñas en las filas con que aprende cada una (entrenamiento) y en "
        "las que se le apartan (validación); la franja es un desvío estándar entre redes."
    )


def result(job: TrainingJob) -> None:
    """The training that has ended: what it found, scores, curves."""
    st.subheader("Resultado del último entrenamiento")
    if job.state == "failed" or job.bundle is None:
        st.error(job.message, icon=":material/error:")
        return
    bundle, metrics = job.bundle, job.bundle.metrics
    unit = bundle.schema.target.unit
    st.write(session.escape(verdicts.findings(metrics, bundle.schema)))
    columns = st.columns(4)
    columns[0].metric("R² en prueba", number(metrics["r2"], 4))
    columns[1].metric("Error absoluto medio", amount(metrics["mae"], 2, unit))
    columns[2].metric("Épocas", f"{metrics['epochs_run']} de {job.config.epochs}")
    columns[3].metric("Tiempo de ajuste", f"{number(metrics['fit_seconds'], 1)} s")
    stopped = " Se detuvo a pedido." if metrics["stopped_by_user"] else ""
    used = session.in_use()
    use = (
        "Las páginas Evaluación y Predicción ya usan este modelo."
        if used and used.trained is job
        else "No reemplazó al modelo en uso; puede elegirlo abajo."
    )
    st.caption(
        f"Datos: {session.escape(metrics['data'])}; {number(metrics['n_train'], 0)} filas de "
        f"entrenamiento y {number(metrics['n_test'], 0)} de prueba; semilla {metrics['seed']}."
        f"{stopped} {use}"
    )
    curves(by_epoch(metrics["history"]), metrics["epochs_run"], unit)
    learning_curve(job)


def learning_curve(job: TrainingJob) -> None:
    """Ask for the learning curve, or follow it."""
    curve: CurveJob | None = st.session_state.get("curve")
    if curve and curve.active:
        st.fragment(follow_curve, run_every=REFRESH_SECONDS)()
    elif job.bundle and job.bundle.metrics.get("learning_curve"):
        st.caption("La curva de aprendizaje de este modelo está en Evaluación.")
    else:
        if curve and curve.state == "failed":
            st.error(curve.message, icon=":material/error:")
        if st.button(
            "Calcular la curva de aprendizaje",
            icon=":material/show_chart:",
            help="Entrena con 100, 300, 1.000… filas, de las de entrenamiento; otros "
            "entrenamientos esperan mientras tanto.",
        ):
            st.session_state["curve"] = CurveJob(job)
            st.rerun()


def follow_curve() -> None:
    curve: CurveJob = st.session_state["curve"]
    if not curve.active:
        st.rerun()
    text = (
        waiting(curve)
        if curve.state == "waiting"
        else f"Curva de aprendizaje: {len(curve.points)} puntos."
    )
    st.progress(0.0 if curve.state == "waiting" else 0.5, text=text)
    if st.button("Detener la curva", icon=":material/stop:", key="stop_curve"):
        curve.stop()


st.title("Entrenamiento")
st.write(
    "El modelo parte de la recta que mejor ajusta. Varias redes pequeñas aprenden lo que la recta "
    "no explica, cada una sin una quinta parte de las filas, y sólo se suman si mejoran la "
    "predicción de las filas que no vieron. Se entrena con los datos elegidos en Exploración, al "
    "pulsar el botón y no antes."
)
trainer()  # starts loading while the visitor looks at the form
current = session.job()
busy = bool(current and current.active)
if form(disabled=busy):
    st.rerun()
if busy:
    st.fragment(monitor, run_every=REFRESH_SECONDS)()
elif current:
    session.keep_result()
    result(current)
else:
    st.info(
        "Todavía no entrenó en esta visita. Las otras páginas usan el modelo incluido.",
        icon=":material/info:",
    )
kept.kept_models()
