"""Schedules: the learning rate at fifty steps."""

import keras
import numpy as np

from .case import Case, in_float64

STEPS = np.arange(50)
FAR = np.array(
    [*range(14), 15, 16, 17, 19, 20, 21, 29, 30, 31, 39, 40, 41, 59, 60, 61, 99, 100, 101, 127, 128, 199, 200]
    + [255, 256, 300, 400, 500, 777, 999, 1000, 1001, 2000, 4096, 10000, 65536, 1000000]
)


class Entry:
    stem = None

    def __init__(self, class_name, steps=STEPS, **constructor):
        self.class_name, self.steps, self.constructor = class_name, steps, constructor


def compute(entry):
    schedule = getattr(keras.optimizers.schedules, entry.class_name)(**entry.constructor)
    return np.array([float(schedule(int(step))) for step in entry.steps])


def write(folder, name, entry):
    case = Case("schedule", name, entry.class_name)
    case.given("steps", entry.steps)
    case.result("values", compute(entry), in_float64(lambda: compute(entry)))
    config = getattr(keras.optimizers.schedules, entry.class_name)(**entry.constructor).get_config()
    return case.write(folder, config=config, constructor=entry.constructor, steps="steps", values="values")


SMALL = [
    Entry("CosineDecay", initial_learning_rate=0.01, decay_steps=30, alpha=0.1, warmup_target=0.1, warmup_steps=10),
    Entry("CosineDecayRestarts", initial_learning_rate=0.1, first_decay_steps=7, m_mul=0.9),
    Entry("ExponentialDecay", initial_learning_rate=0.1, decay_steps=9, decay_rate=0.7, staircase=True),
    Entry("InverseTimeDecay", initial_learning_rate=0.1, decay_steps=5, decay_rate=0.5),
    Entry("PiecewiseConstantDecay", boundaries=[5, 20], values=[0.1, 0.01, 0.001]),
    Entry("PolynomialDecay", initial_learning_rate=0.1, decay_steps=12, end_learning_rate=0.01, power=2.0, cycle=True),
]
WIDE = [
    Entry("CosineDecay", FAR, initial_learning_rate=1.0, decay_steps=1),
    Entry("CosineDecay", FAR, initial_learning_rate=0.1, decay_steps=1000, alpha=0.5),
    Entry("CosineDecay", FAR, initial_learning_rate=0.0, decay_steps=100, warmup_target=0.3, warmup_steps=30, alpha=0.01),
    Entry("CosineDecay", FAR, initial_learning_rate=0.2, decay_steps=17, warmup_target=0.05, warmup_steps=1),
    Entry("CosineDecayRestarts", FAR, initial_learning_rate=0.1, first_decay_steps=3),
    Entry("CosineDecayRestarts", FAR, initial_learning_rate=0.1, first_decay_steps=11, t_mul=1.0, m_mul=0.9, alpha=0.2),
    Entry("CosineDecayRestarts", FAR, initial_learning_rate=1.0, first_decay_steps=13, t_mul=3.0, m_mul=1.1),
    Entry("ExponentialDecay", FAR, initial_learning_rate=0.1, decay_steps=100000, decay_rate=0.96),
    Entry("ExponentialDecay", FAR, initial_learning_rate=1.0, decay_steps=100, decay_rate=0.5, staircase=True),
    Entry("ExponentialDecay", initial_learning_rate=0.001, decay_steps=10, decay_rate=1.5),
    Entry("ExponentialDecay", initial_learning_rate=0.1, decay_steps=1, decay_rate=0.9, staircase=True),
    Entry("InverseTimeDecay", FAR, initial_learning_rate=0.1, decay_steps=1, decay_rate=0.5),
    Entry("InverseTimeDecay", FAR, initial_learning_rate=2.0, decay_steps=100, decay_rate=3.0, staircase=True),
    Entry("InverseTimeDecay", initial_learning_rate=0.1, decay_steps=3, decay_rate=0.0),
    Entry("PiecewiseConstantDecay", FAR, boundaries=[0, 1, 10, 1000], values=[1.0, 0.5, 0.25, 0.1, 0.0]),
    Entry("PiecewiseConstantDecay", FAR, boundaries=[100], values=[0.1, 0.2]),
    Entry("PolynomialDecay", FAR, initial_learning_rate=0.1, decay_steps=100),
    Entry("PolynomialDecay", FAR, initial_learning_rate=0.1, decay_steps=64, end_learning_rate=0.2, power=3.0),
    Entry("PolynomialDecay", FAR, initial_learning_rate=0.1, decay_steps=20, end_learning_rate=0.0, power=0.5),
    Entry("PolynomialDecay", FAR, initial_learning_rate=0.1, decay_steps=10, end_learning_rate=0.01, cycle=True),
    Entry("PolynomialDecay", initial_learning_rate=0.1, decay_steps=7, end_learning_rate=0.01, power=2.0, cycle=True),
]
