"""Regularizers: the penalty of a weight and its gradient."""

import keras
import numpy as np
import tensorflow as tf

from .case import Case, in_float64


class Entry:
    stem = None

    def __init__(self, class_name, shape, **constructor):
        self.class_name, self.shape, self.constructor = class_name, shape, constructor


def compute(entry, weight, dtype):
    weight = tf.constant(weight, dtype)
    with tf.GradientTape() as tape:
        tape.watch(weight)
        loss = getattr(keras.regularizers, entry.class_name)(**entry.constructor)(weight)
    return loss.numpy(), tape.gradient(loss, weight, unconnected_gradients=tf.UnconnectedGradients.ZERO).numpy()


def write(folder, name, entry):
    case = Case("regularizer", name, entry.class_name)
    weight = case.random.standard_normal(entry.shape).astype(np.float32)
    case.given("weight", weight)
    loss, gradient = compute(entry, weight, "float32")
    exact = in_float64(lambda: compute(entry, weight, "float64")) or (None, None)
    case.result("loss", loss, exact[0])
    case.result("grad_weight", gradient, exact[1])
    config = getattr(keras.regularizers, entry.class_name)(**entry.constructor).get_config()
    return case.write(folder, config=config, constructor=entry.constructor, weight="weight", loss="loss", grad="grad_weight")


SMALL = [
    Entry("L1", (3, 4), l1=0.1),
    Entry("L2", (3, 4), l2=0.1),
    Entry("L1L2", (3, 4), l1=0.1, l2=0.2),
    Entry("OrthogonalRegularizer", (3, 4), factor=0.1),
]
WIDE = [
    Entry("L1", (7,)),
    Entry("L1", (2, 3, 4, 5), l1=2.0),
    Entry("L1", (5, 3), l1=0.0),
    Entry("L2", (7,)),
    Entry("L2", (2, 3, 4, 5), l2=2.0),
    Entry("L1L2", (4, 5)),
    Entry("L1L2", (4, 5), l1=0.5),
    Entry("L1L2", (2, 3, 5), l2=0.5),
    Entry("L1L2", (1,), l1=1.0, l2=1.0),
    Entry("OrthogonalRegularizer", (6, 3)),
    Entry("OrthogonalRegularizer", (6, 3), mode="columns", factor=1.0),
    Entry("OrthogonalRegularizer", (3, 8), mode="columns", factor=0.3),
    Entry("OrthogonalRegularizer", (2, 2), factor=0.5),
]
