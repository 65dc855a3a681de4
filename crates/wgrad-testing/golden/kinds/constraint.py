"""Constraints: the weight after the projection."""

import keras
import numpy as np
import tensorflow as tf

from .case import Case, in_float64
from .regularizer import Entry


def compute(entry, weight, dtype):
    return getattr(keras.constraints, entry.class_name)(**entry.constructor)(tf.constant(weight, dtype)).numpy()


def write(folder, name, entry):
    case = Case("constraint", name, entry.class_name)
    weight = case.random.standard_normal(entry.shape).astype(np.float32)
    case.given("weight", weight)
    case.result("output", compute(entry, weight, "float32"), in_float64(lambda: compute(entry, weight, "float64")))
    config = getattr(keras.constraints, entry.class_name)(**entry.constructor).get_config()
    return case.write(folder, config=config, constructor=entry.constructor, weight="weight", output="output")


SMALL = [
    Entry("MaxNorm", (4, 3), max_value=1.0),
    Entry("MinMaxNorm", (4, 3), min_value=0.5, max_value=1.0, rate=0.7),
    Entry("NonNeg", (4, 3)),
    Entry("UnitNorm", (4, 3)),
]
WIDE = [
    Entry("MaxNorm", (5, 7)),
    Entry("MaxNorm", (5, 7), max_value=0.1, axis=1),
    Entry("MaxNorm", (5,), max_value=0.5),
    Entry("MaxNorm", (3, 2, 4, 5), max_value=1.2, axis=[0, 1]),
    Entry("MaxNorm", (3, 4), max_value=0.0),
    Entry("MinMaxNorm", (5, 7)),
    Entry("MinMaxNorm", (5, 7), min_value=2.0, max_value=3.0, rate=0.3, axis=1),
    Entry("MinMaxNorm", (3, 2, 4, 5), min_value=0.5, max_value=0.9, axis=[0, 1, 2]),
    Entry("MinMaxNorm", (9,), min_value=5.0, max_value=6.0, rate=0.0),
    Entry("NonNeg", (2, 3, 5)),
    Entry("UnitNorm", (5, 7), axis=1),
    Entry("UnitNorm", (2, 3, 4, 5), axis=[0, 1, 2]),
    Entry("UnitNorm", (9,)),
    Entry("UnitNorm", (4, 5), axis=-1),
]
