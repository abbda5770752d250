"""The small networks: what they are made of, and how all of them learn in one training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from student_performance.config import TrainingConfig
from student_performance.encodings import Pieces
from student_performance.line import HUBER, Line, fit_line
from student_performance.model import answers, keras
from student_performance.problems import Problem
from student_performance.terminal import interruption_held

MIN_STEPS = 15  # of the optimizer in an epoch: it shows a small table several times
MAX_STEPS = 100  # of the optimizer in an epoch: it shows a part of a large table, each time another
WATCHED = 1000  # rows whose error is computed after each epoch; all would cost a third more time
TOGETHER = 8  # steps that Keras runs before it comes back to Python


@dataclass(frozen=True)
class Encoding:
    """What the members of a family see, and the L2 penalties they are tried with.

    Attributes:
        name: prefix of the family's layers.
        pieces: pieces beside the prepared columns, or none.
        penalties: one candidate each.
    """

    name: str
    pieces: Pieces | None
    penalties: tuple[float, ...]


@dataclass(frozen=True)
class Member:
    """One small network: a candidate (encoding and penalty), trained without one fold."""

    encoding: int
    candidate: int
    penalty: float
    fold: int


def members_of(encodings: Sequence[Encoding], folds: int) -> list[Member]:
    """Every candidate once for each fold, in the order of the network's outputs."""
    candidates = [(at, each) for at, family in enumerate(encodings) for each in family.penalties]
    return [
        Member(encoding, candidate, penalty, fold)
        for candidate, (encoding, penalty) in enumerate(candidates)
        for fold in range(folds)
    ]


class MemberPenalty(keras.regularizers.Regularizer):
    """An L2 penalty for each slice of the weights; ``strengths`` broadcasts against them."""

    def __init__(self, strengths: np.ndarray):
        self.strengths = strengths.astype("float32")

    def __call__(self, weights):
        return keras.ops.sum(self.strengths * keras.ops.square(weights))


def family(
    z, encoding: Encoding, hidden: Sequence[int], count: int, penalties: np.ndarray | None = None
):
    """Members side by side: symbolic (batch, members) of prepared columns (batch, p).

    Args:
        z: prepared columns.
        encoding: the members' own; its penalties are not read.
        hidden: units of each hidden layer of a member.
        count: how many.
        penalties: (count,) L2 of each; none for a network that only holds weights, whose file
            then needs nothing but Keras.
    """
    name = encoding.name

    def learning(units_together: int, axes: tuple[int, ...]) -> dict:
        """The penalty of a layer, where it learns; one strength for so many of its units."""
        if penalties is None:
            return {}
        strengths = np.repeat(penalties, units_together)
        return {"kernel_regularizer": MemberPenalty(np.expand_dims(strengths, axes))}

    seen = z
    if encoding.pieces is not None:
        pieces = encoding.pieces(z, f"{name}_pieces")
        seen = keras.layers.Concatenate(name=f"{name}_seen")([z, pieces])
    layer = keras.layers.Dense(
        count * hidden[0],
        activation="silu",
        kernel_initializer="he_normal",
        name=f"{name}_1",
        **learning(hidden[0], ()),
    )(seen)
    layer = keras.layers.Reshape((count, hidden[0]), name=f"{name}_members")(layer)
    for position, units in enumerate(hidden[1:], start=2):
        start = {} if penalties is None else {"kernel_initializer": PerMember()}
        layer = keras.layers.EinsumDense(
            "bmi,mij->bmj",
            (count, units),
            bias_axes="mj",
            activation="silu",
            name=f"{name}_{position}",
            **start,
            **learning(1, (1, 2)),
        )(layer)
    return keras.layers.EinsumDense(
        "bmi,mi->bm",
        (count,),
        bias_axes="m",
        kernel_initializer="zeros",
        name=f"{name}_answer",
        **learning(1, (1,)),
    )(layer)


class PerMember(keras.initializers.Initializer):
    """He's normal first weights for kernels (members, inputs, units), by a member's own inputs."""

    def __call__(self, shape, dtype=None):
        return keras.random.normal(
            shape, 0.0, (2 / shape[1]) ** 0.5, dtype=dtype, seed=keras.random.SeedGenerator()
        )


class Watch(keras.callbacks.Callback):
    """Adds to each epoch's logs how the members err on some rows.

    ``rmse`` is their mean error on the folds they learn from, ``val_rmse`` on the fold held out,
    each also as ``_sd`` between members; in target units. ``history`` keeps them by epoch.
    """

    def __init__(self, z: np.ndarray, targets: np.ndarray, fitted: np.ndarray, scale: float):
        super().__init__()
        self._z, self._targets, self._fitted, self._scale = z, targets, fitted > 0, scale
        self.history: dict[str, list[float]] = {}

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        squares = (answers(self.model, self._z)[..., 0] - self._targets) ** 2
        for name, rows in (("rmse", self._fitted), ("val_rmse", ~self._fitted)):
            share = rows.sum(axis=0)
            errors = np.sqrt((squares * rows).sum(axis=0)[share > 0] / share[share > 0])
            errors *= self._scale
            for key, value in ((name, errors.mean()), (f"{name}_sd", errors.std())):
                self.history.setdefault(key, []).append(float(value))
                if logs is not None:
                    logs[key] = float(value)


@dataclass(frozen=True)
class Ensemble:
    """Trained members, and what they propose for the rows that they did not learn from.

    Attributes:
        network: from prepared columns (batch, p) to (batch, members, 1).
        encodings, members: what it is made of.
        residuals: (n,) of each row from the line of the other folds, in scales of the line.
        corrections: (n, candidates) of each row by the candidate's member of the other folds;
            zero for a candidate that diverged.
        history: by epoch, as :class:`Watch` keeps it.
    """

    network: keras.Model
    encodings: Sequence[Encoding]
    members: Sequence[Member]
    residuals: np.ndarray
    corrections: np.ndarray
    history: dict[str, list[float]]

    @property
    def names(self) -> list[str]:
        """Names of the candidates: encoding and penalty."""
        return [f"{each.name} {penalty:g}" for each in self.encodings for penalty in each.penalties]


def network_of(
    columns: int, encodings: Sequence[Encoding], members: Sequence[Member], hidden: Sequence[int]
) -> keras.Model:
    """All members, from prepared columns (batch, p) to corrections (batch, members, 1)."""
    z = keras.Input((columns,), name="columns")
    # The loss is the mean over members: a member's penalty shrinks likewise.
    shares = np.array([member.penalty for member in members]) / len(members)
    families = [
        family(z, encoding, hidden, len(own), own)
        for at, encoding in enumerate(encodings)
        for own in [shares[[member.encoding == at for member in members]]]
    ]
    together = keras.layers.Concatenate(name="all")(families) if len(families) > 1 else families[0]
    return keras.Model(z, keras.layers.Reshape((len(members), 1), name="answers")(together))


def train_members(
    z: np.ndarray,
    y: np.ndarray,
    line: Line,
    folds: np.ndarray,
    encodings: Sequence[Encoding],
    config: TrainingConfig,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> Ensemble:
    """Train every candidate on every fold, all at once.

    A member learns what the line of its folds leaves. Seven parameters: each is a thing of its own.

    Args:
        z: (n, p) prepared columns.
        y: (n,) target.
        line: of all rows; gives the scale.
        folds: (n,) from 0.
        encodings: the candidates.
        config: hyperparameters.
        callbacks: of Keras; the logs hold the errors of :class:`Watch`.

    Raises:
        Problem: every candidate diverged.
    """
    count, robust = int(folds.max()) + 1, config.loss == "huber"
    members = members_of(encodings, count)
    lines = [fit_line(z[folds != fold], y[folds != fold], robust) for fold in range(count)]
    residuals = np.column_stack([(y - each.predict(z)) / line.scale for each in lines])
    targets = residuals[:, [member.fold for member in members]]
    learns = np.column_stack([folds != member.fold for member in members])
    network = network_of(z.shape[1], encodings, members, config.hidden)
    rows = np.random.default_rng(config.seed).permutation(len(z))[:WATCHED]
    watch = Watch(z[rows], targets[rows], learns[rows], line.scale)
    _fit(network, (z, targets, learns), config, [watch, *callbacks])

    proposed = answers(network, z).reshape(len(z), -1, count)
    usable = np.isfinite(proposed).all(axis=(0, 2))  # a training may diverge
    if not usable.any():
        raise Problem("El entrenamiento divergió; baje la tasa de aprendizaje.")
    proposed = np.where(usable[:, None], proposed, 0)
    return Ensemble(
        network,
        encodings,
        members,
        np.take_along_axis(residuals, folds[:, None], axis=1)[:, 0],
        np.take_along_axis(proposed, folds[:, None, None], axis=2)[..., 0],
        watch.history,
    )


def _fit(
    network: keras.Model,
    arrays: tuple[np.ndarray, np.ndarray, np.ndarray],
    config: TrainingConfig,
    callbacks: Sequence[keras.callbacks.Callback],
) -> None:
    """Train a network of members on columns, targets, and 1 where a member learns from a row."""
    batch = min(config.batch_size, max(16, len(arrays[0]) // 10))
    steps = -(-len(arrays[0]) // batch)
    rows = np.tile(np.arange(len(arrays[0])), -(-MIN_STEPS // steps))
    steps = -(-len(rows) // batch)
    z, targets, learns = (array[rows].astype("float32") for array in arrays)
    use_tensorflow = keras.backend.backend() == "tensorflow"
    steps = min(steps, MAX_STEPS) if use_tensorflow else steps
    rate = keras.optimizers.schedules.CosineDecay(config.learning_rate, config.epochs * steps)
    network.compile(
        # beta_2: the usual 0.999 remembers the first, large gradients longer than a training lasts
        optimizer=keras.optimizers.Adam(rate, beta_2=0.99),
        loss="mse" if config.loss == "mse" else keras.losses.Huber(delta=HUBER),
        steps_per_execution=min(TOGETHER, steps),
    )
    with interruption_held() as answer:
        watching = [*callbacks, keras.callbacks.LambdaCallback(on_train_batch_end=answer)]
        settings = {"epochs": config.epochs, "verbose": 0, "callbacks": watching}
        if use_tensorflow:
            dataset = batches((z, targets[..., None], learns), batch, config.seed).take(steps)
            network.fit(dataset, shuffle=False, **settings)  # it is shuffled
        else:
            network.fit(z, targets[..., None], sample_weight=learns, batch_size=batch, **settings)


def batches(arrays: Sequence[np.ndarray], size: int, seed: int):
    """A ``tf.data.Dataset`` of shuffled batches of arrays whose rows belong together.

    It shuffles row numbers and cuts whole batches out of the arrays: half the time of ``fit`` on
    arrays, which cuts them row by row.
    """
    import tensorflow as tf

    tensors = tuple(tf.constant(array) for array in arrays)
    return (
        tf.data.Dataset.range(len(arrays[0]))
        .shuffle(len(arrays[0]), seed=seed)
        .batch(size)
        .map(lambda rows: tuple(tf.gather(tensor, rows) for tensor in tensors))
        .prefetch(8)
    )
