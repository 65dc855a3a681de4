"""Losses: the reduced value (or the values, without reduction) and the gradient with respect to the prediction."""

import keras
import numpy as np
import tensorflow as tf

from .case import Case, in_float64


class Entry:
    """`true` and `pred` say how labels and predictions are drawn (see `labels`, `predictions`), `weight` is the shape of the sample weights."""

    stem = None

    def __init__(self, class_name, true, pred, shape, weight=None, true_shape=None, **constructor):
        self.class_name, self.true, self.pred, self.shape, self.weight = class_name, true, pred, shape, weight
        self.true_shape = shape if true_shape is None else true_shape
        self.constructor = constructor


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def draw(kind, shape, random, classes=None):
    """Labels or predictions of a kind; `classes` bounds the integers of `sparse`."""
    normal = random.standard_normal(shape)
    value = {
        "reg": lambda: normal,
        "pos": lambda: np.abs(normal) + 0.05,
        "away0": lambda: np.sign(normal) * (np.abs(normal) + 0.3),
        "count": lambda: random.integers(0, 6, shape).astype(float),
        "bin": lambda: random.integers(0, 2, shape).astype(float),
        "pm1": lambda: 2.0 * random.integers(0, 2, shape) - 1.0,
        "onehot": lambda: np.eye(shape[-1])[random.integers(0, shape[-1], shape[:-1])],
        "dist": lambda: softmax(normal),
        "dist1": lambda: np.moveaxis(softmax(np.moveaxis(normal, 1, -1)), -1, 1),
        "raw": lambda: np.abs(normal) + 0.2,
        "sig": lambda: 0.02 + 0.96 / (1 + np.exp(-normal)),
        "edge": lambda: random.integers(0, 2, shape).astype(float),
        "logit": lambda: 2.0 * normal,
        "biglogit": lambda: 60.0 * normal,
        "sparse": lambda: random.integers(0, classes or shape[-1], shape),
        "labels1": lambda: random.integers(1, classes or shape[-1], shape),
    }[kind]()
    return value.astype(np.int32) if kind in ("sparse", "labels1") else value.astype(np.float32)


def as_tensor(value, dtype):
    return tf.constant(value, dtype if value.dtype.kind == "f" else None)


def compute(entry, true, pred, weight, upstream, dtype):
    loss = getattr(keras.losses, entry.class_name)(**entry.constructor)
    pred = as_tensor(pred, dtype)
    with tf.GradientTape() as tape:
        tape.watch(pred)
        value = loss(as_tensor(true, dtype), pred, sample_weight=None if weight is None else as_tensor(weight, dtype))
        scalar = value if upstream is None else tf.reduce_sum(value * tf.constant(upstream, dtype))
    return value.numpy(), tape.gradient(scalar, pred).numpy()


def write(folder, name, entry):
    case = Case("loss", name, entry.class_name)
    true = draw(entry.true, entry.true_shape, case.random, entry.shape[-1])
    pred = draw(entry.pred, entry.shape, case.random)
    weight = None if entry.weight is None else case.random.uniform(0.1, 2.0, entry.weight).astype(np.float32)
    loss = getattr(keras.losses, entry.class_name)(**entry.constructor)
    shape = loss(tf.constant(true), tf.constant(pred), sample_weight=weight).shape
    upstream = case.random.standard_normal(shape).astype(np.float32) if len(shape) else None

    case.given("y_true", true)
    case.given("y_pred", pred)
    if weight is not None:
        case.given("sample_weight", weight)
    if upstream is not None:
        case.given("upstream", upstream)
    value, gradient = compute(entry, true, pred, weight, upstream, "float32")
    exact = in_float64(lambda: compute(entry, true, pred, weight, upstream, "float64")) or (None, None)
    case.result("loss", value, exact[0])
    case.result("grad_y_pred", gradient, exact[1])
    return case.write(
        folder,
        config=loss.get_config(),
        constructor=entry.constructor,
        y_true="y_true",
        y_pred="y_pred",
        sample_weight=None if weight is None else "sample_weight",
        upstream=None if upstream is None else "upstream",
        y_true_kind=entry.true,
        y_pred_kind=entry.pred,
    )


SMALL = [
    Entry("BinaryCrossentropy", "bin", "sig", (4, 3), (4,)),
    Entry("BinaryCrossentropy", "bin", "biglogit", (4, 3), from_logits=True, reduction="none"),
    Entry("BinaryFocalCrossentropy", "bin", "sig", (4, 2), apply_class_balancing=True),
    Entry("CategoricalCrossentropy", "onehot", "dist", (4, 3), (4,), label_smoothing=0.1),
    Entry("CategoricalFocalCrossentropy", "onehot", "dist", (4, 3)),
    Entry("CategoricalHinge", "onehot", "reg", (4, 3)),
    Entry("Circle", "sparse", "reg", (5, 4), true_shape=(5,)),
    Entry("CosineSimilarity", "reg", "reg", (4, 3)),
    Entry("Dice", "bin", "sig", (2, 3, 4, 1)),
    Entry("Hinge", "pm1", "reg", (4, 3)),
    Entry("Huber", "reg", "reg", (4, 3), delta=0.7),
    Entry("KLDivergence", "dist", "dist", (4, 3)),
    Entry("LogCosh", "reg", "biglogit", (4, 3)),
    Entry("MeanAbsoluteError", "reg", "reg", (4, 3), (4, 1), reduction="sum"),
    Entry("MeanAbsolutePercentageError", "away0", "reg", (4, 3)),
    Entry("MeanSquaredError", "reg", "reg", (4, 3), (4,), reduction="mean_with_sample_weight"),
    Entry("MeanSquaredLogarithmicError", "pos", "pos", (4, 3)),
    Entry("Poisson", "count", "pos", (4, 3)),
    Entry("SparseCategoricalCrossentropy", "sparse", "logit", (4, 3), true_shape=(4,), from_logits=True, ignore_class=1),
    Entry("SquaredHinge", "pm1", "reg", (4, 3)),
    Entry("Tversky", "bin", "sig", (2, 3, 4, 1), alpha=0.3, beta=0.7),
]

REDUCTIONS = ["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none"]
EVERYWHERE = [
    ("MeanSquaredError", "reg", "reg"),
    ("MeanAbsoluteError", "reg", "reg"),
    ("MeanAbsolutePercentageError", "away0", "reg"),
    ("MeanSquaredLogarithmicError", "pos", "pos"),
    ("BinaryCrossentropy", "bin", "sig"),
    ("BinaryFocalCrossentropy", "bin", "sig"),
    ("CategoricalCrossentropy", "onehot", "dist"),
    ("CategoricalFocalCrossentropy", "onehot", "dist"),
    ("CategoricalHinge", "onehot", "reg"),
    ("CosineSimilarity", "reg", "reg"),
    ("Hinge", "bin", "reg"),
    ("SquaredHinge", "bin", "reg"),
    ("Huber", "reg", "reg"),
    ("KLDivergence", "dist", "dist"),
    ("LogCosh", "reg", "reg"),
    ("Poisson", "count", "pos"),
]
# (shape of the prediction, shape of the sample weights)
FORMS = [((6, 4), None), ((5, 2, 3), (5, 1)), ((5, 2, 3), (5, 2)), ((3, 2, 4, 5), (3, 1, 4)), ((6, 5), (6, 1)), ((3, 3, 4), (3,)), ((2, 3, 2, 3, 2), (2, 1, 1, 1))]

WIDE = []
for number, (loss, true, pred) in enumerate(EVERYWHERE):
    for turn, reduction in enumerate(REDUCTIONS):
        shape, weight = FORMS[(number + turn) % len(FORMS)]
        WIDE.append(Entry(loss, true, pred, shape, weight, reduction=reduction))
for turn, reduction in enumerate(REDUCTIONS):
    shape, weight = FORMS[turn]
    WIDE.append(Entry("SparseCategoricalCrossentropy", "sparse", "dist", shape, weight, true_shape=shape[:-1], reduction=reduction))
WIDE += [
    Entry("BinaryCrossentropy", "bin", "logit", (5, 7), from_logits=True, label_smoothing=0.3),
    Entry("BinaryCrossentropy", "bin", "biglogit", (9, 1), (9,), from_logits=True),
    Entry("BinaryCrossentropy", "bin", "edge", (6, 3), reduction="none"),
    Entry("BinaryCrossentropy", "bin", "sig", (4, 3, 2), axis=1),
    Entry("BinaryCrossentropy", "sig", "sig", (4, 3)),
    Entry("BinaryFocalCrossentropy", "bin", "logit", (5, 3), from_logits=True, gamma=3.0),
    Entry("BinaryFocalCrossentropy", "bin", "biglogit", (5, 3), from_logits=True, apply_class_balancing=True, alpha=0.4),
    Entry("BinaryFocalCrossentropy", "bin", "sig", (5, 3), (5,), apply_class_balancing=True, alpha=0.7, gamma=0.5, label_smoothing=0.2),
    Entry("BinaryFocalCrossentropy", "bin", "sig", (5, 3, 2), axis=1, reduction="none"),
    Entry("CategoricalCrossentropy", "onehot", "logit", (5, 7), from_logits=True),
    Entry("CategoricalCrossentropy", "onehot", "biglogit", (5, 7), (5,), from_logits=True, label_smoothing=0.2),
    Entry("CategoricalCrossentropy", "dist", "dist", (5, 7)),
    Entry("CategoricalCrossentropy", "onehot", "raw", (5, 4)),
    Entry("CategoricalCrossentropy", "dist1", "dist1", (4, 5, 3), axis=1),
    Entry("CategoricalCrossentropy", "dist1", "logit", (4, 5, 3), (4, 1), axis=1, from_logits=True, reduction="none"),
    Entry("CategoricalFocalCrossentropy", "onehot", "logit", (5, 7), from_logits=True, alpha=0.6, gamma=1.5, label_smoothing=0.1),
    Entry("CategoricalFocalCrossentropy", "onehot", "biglogit", (5, 3), from_logits=True),
    Entry("CategoricalFocalCrossentropy", "onehot", "raw", (5, 3), gamma=0.0),
    Entry("SparseCategoricalCrossentropy", "sparse", "dist", (6, 4), (6,), true_shape=(6, 1), ignore_class=2),
    Entry("SparseCategoricalCrossentropy", "sparse", "dist", (6, 2, 4), true_shape=(6, 2), ignore_class=0, reduction="mean"),
    Entry("SparseCategoricalCrossentropy", "sparse", "raw", (6, 4), true_shape=(6,)),
    Entry("SparseCategoricalCrossentropy", "sparse", "biglogit", (6, 3, 4), (6, 3), true_shape=(6, 3), from_logits=True, ignore_class=1),
    Entry("SparseCategoricalCrossentropy", "sparse", "logit", (3, 4, 2, 5), true_shape=(3, 4, 2), from_logits=True, reduction="none"),
    Entry("CosineSimilarity", "reg", "reg", (4, 5, 3), axis=1, reduction="none"),
    Entry("CosineSimilarity", "reg", "reg", (4, 5, 3), (4, 5), axis=-1),
    Entry("Huber", "reg", "biglogit", (5, 3), delta=3.0),
    Entry("Huber", "reg", "reg", (5, 3), (5,), delta=0.1, reduction="none"),
    Entry("LogCosh", "reg", "biglogit", (7, 3), reduction="none"),
    Entry("Hinge", "pm1", "biglogit", (7, 3)),
    Entry("SquaredHinge", "pm1", "reg", (7, 3), (7,)),
    Entry("KLDivergence", "onehot", "dist", (7, 3)),
    Entry("Dice", "bin", "sig", (3, 4, 5, 2)),
    Entry("Dice", "bin", "sig", (3, 4, 5, 2), axis=[1, 2, 3]),
    Entry("Dice", "bin", "sig", (3, 4, 5, 2), (3,), axis=[1, 2, 3], reduction="sum"),
    Entry("Dice", "bin", "sig", (3, 4, 5, 2), axis=(2, 3), reduction="none"),
    Entry("Tversky", "bin", "sig", (3, 4, 5, 2)),
    Entry("Tversky", "bin", "sig", (3, 4, 5, 2), axis=[1, 2, 3], alpha=0.2, beta=0.9),
    Entry("Tversky", "bin", "sig", (3, 4, 5, 2), (3,), axis=[1, 2, 3], alpha=0.8, beta=0.1, reduction="none"),
    Entry("Circle", "sparse", "reg", (8, 5), true_shape=(8,)),
    Entry("Circle", "sparse", "reg", (8, 5), true_shape=(8,), gamma=20.0, margin=0.2),
    Entry("Circle", "sparse", "reg", (8, 3), (8,), true_shape=(8,), gamma=10.0, margin=0.25, reduction="none"),
    Entry("Circle", "sparse", "reg", (6, 4), true_shape=(6,), gamma=2.0, remove_diagonal=False, reduction="sum"),
    Entry("CTC", "labels1", "logit", (3, 9, 5), true_shape=(3, 4)),
    Entry("CTC", "labels1", "logit", (2, 12, 6), true_shape=(2, 3), reduction="none"),
]
