"""Activations: the function, its argument, and the gradient of `sum(output * upstream)`."""

import keras
import numpy as np
import tensorflow as tf

from .case import Case, in_float64

# Where a function bends, neither side's derivative is the right one: these points are left out, for each function.
SPECIAL = np.concatenate([[-1000, -100, -50, -20, -10, -7, -5, -4], np.linspace(-3.4, 3.4, 35) + 0.013, [4, 5, 7, 10, 20, 50, 100, 1000]])
OVERFLOWS_ABOVE = {"exponential": 80}


class Entry:
    stem = None

    def __init__(self, function, mode="rand", shape=(3, 4, 5), **config):
        self.class_name, self.mode, self.shape, self.config = function, mode, shape, config


def inputs(entry, random):
    if entry.mode == "special":
        return SPECIAL[SPECIAL < OVERFLOWS_ABOVE.get(entry.class_name, 1e4)].astype(np.float32)
    scale = 60.0 if entry.mode == "large" else 1.7
    return (scale * random.standard_normal(entry.shape)).astype(np.float32)


def compute(entry, x, upstream, dtype):
    x = tf.constant(x, dtype)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = getattr(keras.activations, entry.class_name)(x, **entry.config)
        scalar = tf.reduce_sum(y * tf.constant(upstream, dtype))
    return y.numpy(), tape.gradient(scalar, x, unconnected_gradients=tf.UnconnectedGradients.ZERO).numpy()


def write(folder, name, entry):
    case = Case("activation", name, entry.class_name)
    x = inputs(entry, case.random)
    shape = getattr(keras.activations, entry.class_name)(tf.constant(x), **entry.config).shape
    upstream = case.random.standard_normal(shape).astype(np.float32)
    case.given("input.0", x)
    case.given("upstream.0", upstream)
    value, gradient = compute(entry, x, upstream, "float32")
    exact = in_float64(lambda: compute(entry, x, upstream, "float64")) or (None, None)
    case.result("output.0", value, exact[0], atol=1e-6)
    case.result("grad_input.0", gradient, exact[1], atol=1e-6)
    return case.write(folder, config=entry.config, mode=entry.mode)


PLAIN = (
    "elu exponential gelu hard_sigmoid hard_silu hard_tanh leaky_relu linear log_sigmoid mish relu6 relu selu sigmoid silu softplus softsign "
    "sparse_plus sparse_sigmoid squareplus tanh tanh_shrink celu hard_shrink soft_shrink"
).split()
ROWS = ["softmax", "log_softmax", "sparsemax"]

SMALL = [Entry(name, "special") for name in PLAIN]
SMALL += [Entry(name) for name in ROWS]
SMALL += [Entry("glu", shape=(3, 4)), Entry("threshold", threshold=0.3, default_value=1.5)]

WIDE = [Entry(name, "rand", (2, 3, 7)) for name in PLAIN]
WIDE += [
    Entry("celu", "special", alpha=2.5),
    Entry("celu", "special", alpha=0.1),
    Entry("elu", "special", alpha=3.0),
    Entry("elu", "special", alpha=0.0),
    Entry("gelu", approximate=True),
    Entry("gelu", "large", approximate=True),
    Entry("gelu", "large"),
    Entry("hard_shrink", "special", threshold=2.0),
    Entry("soft_shrink", "special", threshold=0.1),
    Entry("leaky_relu", "special", negative_slope=0.5),
    Entry("leaky_relu", "large", negative_slope=0.0),
    Entry("relu", "special", negative_slope=0.1, max_value=2.0, threshold=0.7),
    Entry("relu", "special", max_value=0.6),
    Entry("relu", "special", threshold=-1.0),
    Entry("relu", "special", negative_slope=0.3, threshold=1.5),
    Entry("squareplus", "special", b=9),
    Entry("squareplus", "special", b=0.25),
    Entry("threshold", "special", threshold=-1.0, default_value=3.0),
    Entry("threshold", "rand", threshold=0.2, default_value=0.2),
    Entry("glu", shape=(2, 3, 8)),
    Entry("glu", shape=(2, 6, 3), axis=1),
    Entry("glu", shape=(4, 6, 3), axis=0),
    Entry("softmax", shape=(7,)),
    Entry("softmax", shape=(3, 1)),
    Entry("softmax", "large", (3, 4, 5), axis=1),
    Entry("softmax", shape=(2, 3, 4, 5), axis=-2),
    Entry("softmax", shape=(2, 3, 4, 5), axis=(1, 2)),
    Entry("log_softmax", "large", (6, 9)),
    Entry("log_softmax", shape=(2, 5, 3), axis=0),
    Entry("sparsemax", shape=(5, 9)),
    Entry("sparsemax", "large", (4, 6)),
    Entry("sparsemax", shape=(3, 5, 4), axis=1),
    Entry("softplus", "large"),
    Entry("mish", "large"),
    Entry("log_sigmoid", "large"),
    Entry("tanh_shrink", "large"),
    Entry("silu", "large"),
    Entry("selu", "large"),
    Entry("softsign", "large"),
    Entry("sigmoid", "large"),
    Entry("exponential", "rand", (13,)),
]
