"""Entrenamiento: hyperparameters, live curves, and the result of the last training."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from student_performance.charts.curves import training_curves
from student_performance.config import TrainingConfig
from student_performance.formatting import amount, number
from student_performance.jobs import Trainer, TrainingJob
from views import session

DEFAULT = TrainingConfig()
REFRESH_SECONDS = 0.5


@st.cache_resource(show_spinner=False, on_release=Trainer.close)
def trainer() -> Trainer:
    """The process that trains; it loads TensorFlow when the first visitor opens this page."""
    return Trainer()


def form(disabled: bool) -> bool:
    """The form; true when the visitor has started a training with it."""
    with st.form("hyperparameters"):
        config = hyperparameters()
        curve = st.checkbox(
            "Calcular también la curva de aprendizaje (varios ajustes más, al final)",
            True,
            key="learning_curve",
            persist_state="session",
        )
        pressed = st.form_submit_button(
            "Entrenar", type="primary", icon=":material/play_arrow:", disabled=disabled
        )
    if pressed:
        session.start(TrainingJob(session.dataset(), config, trainer(), learning_curve=curve))
    return pressed


def hyperparameters() -> TrainingConfig:
    """Six fields in three columns."""
    first, second, third = st.columns(3)
    hidden = first.selectbox(
        "Capas ocultas",
        [(16, 8), (8,), (32, 16), (64, 32), (64, 64, 32)],
        format_func=lambda units: " → ".join(map(str, units)),
        help="Neuronas de cada capa del camino profundo. El camino lineal está siempre.",
        key="hidden",
        persist_state="session",
    )
    epochs = second.number_input(
        "Épocas (máximo)",
        1,
        500,
        DEFAULT.epochs,
        help="Pasadas por los datos de entrenamiento.",
        key="epochs",
        persist_state="session",
    )
    batch_size = third.selectbox(
        "Tamaño de lote",
        [32, 64, 128, 256, 512],
        index=3,
        help="Filas por paso: lotes más grandes van más rápido.",
        key="batch_size",
        persist_state="session",
    )
    learning_rate = first.select_slider(
        "Tasa de aprendizaje inicial",
        [0.0003, 0.001, 0.003, 0.01, 0.03],
        DEFAULT.learning_rate,
        format_func=lambda rate: number(rate, 4).rstrip("0"),
        help="Decae hasta cero siguiendo un coseno.",
        key="learning_rate",
        persist_state="session",
    )
    patience = second.number_input(
        "Paciencia (épocas)",
        1,
        100,
        DEFAULT.patience,
        help="Épocas sin mejora en validación antes de detenerse.",
        key="patience",
        persist_state="session",
    )
    seed = third.number_input(
        "Semilla",
        0,
        2**31 - 1,
        DEFAULT.seed,
        help="La misma semilla repite la separación y el entrenamiento.",
        key="seed",
        persist_state="session",
    )
    return TrainingConfig(hidden, epochs, batch_size, learning_rate, patience=patience, seed=seed)


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
        text = (
            "Cargando TensorFlow; la primera vez puede tardar unos segundos."
            if job.loading
            else "Preparando; si hay otro entrenamiento en curso, este empieza después."
        )
        st.progress(0.0, text=text)
    elif job.state == "curve":
        st.progress(
            1.0,
            text=f"Red entrenada; calculando la curva de aprendizaje, punto {len(job.curve) + 1}.",
        )
    else:
        st.progress(run / total, text=f"Época {run} de {total}")
    if job.active and st.button("Detener", icon=":material/stop:", key="stop"):
        job.stop()
        st.caption("Se detiene al terminar la época y conserva la mejor.")
    curves(job)


def curves(job: TrainingJob) -> None:
    if not job.epochs:
        return
    total = job.config.epochs if job.active else len(job.epochs)
    st.caption("Error por época, en escala logarítmica.")
    epochs = pd.DataFrame(list(job.epochs))
    unit = job.schema.target.unit
    left, right = st.columns(2)
    left.altair_chart(training_curves(epochs, total, "mse", unit), key="mse")
    right.altair_chart(training_curves(epochs, total, "mae", unit), key="mae")


def result(job: TrainingJob) -> None:
    """The training that has ended: scores, curves, file."""
    if job.state == "failed" or job.bundle is None:
        st.error(job.message, icon=":material/error:")
        return
    metrics = job.bundle.metrics
    st.subheader("Resultado del último entrenamiento")
    columns = st.columns(4)
    columns[0].metric("R² en prueba", number(metrics["r2"], 4))
    columns[1].metric("Error absoluto medio", amount(metrics["mae"], 2, job.schema.target.unit))
    columns[2].metric("Mejor época", f"{metrics['best_epoch']} de {metrics['epochs_run']}")
    columns[3].metric("Tiempo de ajuste", f"{number(metrics['fit_seconds'], 1)} s")
    stopped = " Se detuvo a pedido." if metrics["stopped_by_user"] else ""
    st.caption(
        f"Datos: {session.escape(metrics['data'])}; {number(metrics['n_fit'], 0)} filas para "
        f"ajustar, {number(metrics['n_validation'], 0)} para elegir la época, "
        f"{number(metrics['n_calibration'], 0)} para los intervalos y "
        f"{number(metrics['n_test'], 0)} de prueba; semilla {metrics['seed']}.{stopped} "
        "Las páginas Evaluación y Predicción ya usan este modelo."
    )
    curves(job)
    st.download_button(
        "Descargar el modelo (.keras)",
        (job.folder / "model.keras").read_bytes(),
        "modelo.keras",
        "application/octet-stream",
        icon=":material/download:",
        on_click="ignore",
    )


st.title("Entrenamiento")
st.write(
    "La red suma un camino lineal y uno profundo pequeño, y estandariza las variables por dentro. "
    "Se entrena con los datos elegidos en Exploración, al pulsar el botón y no antes."
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
