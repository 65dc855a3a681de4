"""Optimizers: variables after 1, 2, 5 and 20 steps with given gradients, the optimizer's own variables, the learning rate of each step."""

import keras
import numpy as np
import tensorflow as tf

from .case import Case, in_float64

STEPS = 20
KEPT = (1, 2, 5, 20)
SHAPES = [(4, 3), (5,), (2, 3, 2), ()]


class Entry:
    """`rate`: None, a number, or (class, arguments) of a schedule."""

    stem = None

    def __init__(self, class_name, rate=None, shapes=SHAPES, **constructor):
        self.class_name, self.rate, self.shapes, self.constructor = class_name, rate, shapes, constructor


def make(entry, name):
    arguments = dict(entry.constructor)
    if isinstance(entry.rate, tuple):
        arguments["learning_rate"] = getattr(keras.optimizers.schedules, entry.rate[0])(**entry.rate[1])
    elif entry.rate is not None:
        arguments["learning_rate"] = entry.rate
    return getattr(keras.optimizers, entry.class_name)(name=name, **arguments), arguments


def in_force(optimizer):
    """The learning rate of the next step; of a schedule, what it says for the updates made so far."""
    return float(keras.ops.convert_to_numpy(optimizer.learning_rate))


def compute(entry, name, params, grads, dtype):
    optimizer, _ = make(entry, name)
    variables = [keras.Variable(p, dtype=dtype, name=f"v{i}") for i, p in enumerate(params)]
    optimizer.build(variables)
    rates, after = [], {}
    for step in range(STEPS):
        rates.append(in_force(optimizer))
        optimizer.apply_gradients([(tf.constant(g, dtype), v) for g, v in zip(grads[step], variables)])
        if step + 1 in KEPT:
            after[step + 1] = [v.numpy() for v in variables]
    own = [
        (index, v.path, keras.ops.convert_to_numpy(v))
        for index, v in enumerate(optimizer.variables)
        if v.name != "learning_rate"
    ]
    finalized = None
    if optimizer.use_ema:
        optimizer.finalize_variable_values(variables)
        finalized = [v.numpy() for v in variables]
    return {"after": after, "own": own, "finalized": finalized, "rates": rates}


def write(folder, name, entry):
    case = Case("optimizer", name, entry.class_name)
    scales = [0.5, 1.0, 2.0, 0.1]
    params = [scale * case.random.standard_normal(s) for s, scale in zip(entry.shapes, scales)]
    params = [np.asarray(p, np.float32) for p in params]
    trends = [case.random.standard_normal(s) for s in entry.shapes]
    sizes = [1.0, 0.02, 5.0, 0.3]
    draw = lambda s, trend, size: np.asarray(size * (0.6 * trend + case.random.standard_normal(s)), np.float32)
    grads = [[draw(*one) for one in zip(entry.shapes, trends, sizes)] for _ in range(STEPS)]
    optimizer, arguments = make(entry, name)
    result = compute(entry, name, params, grads, "float32")
    exact = in_float64(lambda: compute(entry, name, params, grads, "float64"))

    described = {"params": [case.given(f"param.{j}", p) for j, p in enumerate(params)]}
    described["grads"] = [[case.given(f"grad.{s}.{j}", g) for j, g in enumerate(step)] for s, step in enumerate(grads)]
    described["params_after"] = {
        str(n): [
            case.result(f"param_after.{n}.{j}", p, exact and exact["after"][n][j], atol=1e-5 * np.abs(p - params[j]).max())
            for j, p in enumerate(values)
        ]
        for n, values in result["after"].items()
    }
    described["optimizer_variables_after_20"] = [
        {"index": index, "path": path, "tensor": case.result(f"opt_var.{index}", value, exact and exact["own"][i][2], rtol=1e-5)}
        for i, (index, path, value) in enumerate(result["own"])
    ]
    described["learning_rate"] = case.result("learning_rate", np.array(result["rates"]), rtol=1e-5, atol=1e-9, relative=0.0)
    if result["finalized"] is not None:
        described["params_finalized"] = [
            case.result(f"param_finalized.{j}", p, exact and exact["finalized"][j], atol=1e-5 * np.abs(p - params[j]).max())
            for j, p in enumerate(result["finalized"])
        ]
    return case.write(folder, config=optimizer.get_config(), constructor=arguments, steps=STEPS, **described)


NAMES = ["Adadelta", "Adafactor", "Adagrad", "Adam", "AdamW", "Adamax", "Ftrl", "Lamb", "Lion", "Muon", "Nadam", "RMSprop", "ScheduleFreeAdamW", "SGD"]
SMALL = [Entry(name, 0.02, [(2, 3)]) for name in NAMES]

DECAY = ("ExponentialDecay", {"initial_learning_rate": 0.05, "decay_steps": 4, "decay_rate": 0.7})
COSINE = ("CosineDecay", {"initial_learning_rate": 0.0, "decay_steps": 12, "warmup_target": 0.03, "warmup_steps": 5})
STAIRS = ("PiecewiseConstantDecay", {"boundaries": [2, 9], "values": [0.05, 0.02, 0.001]})
EMA = {"use_ema": True, "ema_momentum": 0.8, "ema_overwrite_frequency": 3}
ALL = {"gradient_accumulation_steps": 2, "clipnorm": 0.8, "weight_decay": 0.02, "use_ema": True, "ema_momentum": 0.7}

WIDE = []
for number, name in enumerate(NAMES):
    WIDE += [
        Entry(name),
        Entry(name, 0.03, **ALL),
        Entry(name, [DECAY, COSINE, STAIRS][number % 3], global_clipnorm=1.0),
        Entry(name, 0.01, clipvalue=0.4, **EMA),
        Entry(name, 0.02, gradient_accumulation_steps=3, loss_scale_factor=4.0),
    ]
WIDE += [
    Entry("SGD", 0.05, momentum=0.9, nesterov=True, weight_decay=0.1, clipnorm=0.5),
    Entry("SGD", 0.05, momentum=0.9, nesterov=True, gradient_accumulation_steps=4, global_clipnorm=0.7),
    Entry("SGD", 0.05, momentum=0.5, use_ema=True, ema_momentum=0.5, gradient_accumulation_steps=2, ema_overwrite_frequency=2),
    Entry("SGD", STAIRS, momentum=0.8, gradient_accumulation_steps=3),
    Entry("SGD", COSINE, nesterov=True, momentum=0.95),
    Entry("RMSprop", 0.01, rho=0.5),
    Entry("RMSprop", 0.01, momentum=0.9, centered=True, epsilon=1e-3),
    Entry("RMSprop", 0.01, centered=True, weight_decay=0.05),
    Entry("Adam", 0.01, amsgrad=True, beta_1=0.5, beta_2=0.9, epsilon=1e-3),
    Entry("Adam", 0.01, amsgrad=True, **ALL),
    Entry("Adam", COSINE, amsgrad=True, gradient_accumulation_steps=5),
    Entry("Adam", 0.01, beta_1=0.0, beta_2=0.0, epsilon=0.1),
    Entry("AdamW", 0.01, weight_decay=0.3, amsgrad=True, beta_1=0.8),
    Entry("AdamW", DECAY, weight_decay=0.004, epsilon=1e-4, clipnorm=1.0),
    Entry("Adamax", 0.01, beta_1=0.7, beta_2=0.9, epsilon=0.01),
    Entry("Nadam", 0.01, beta_1=0.7, beta_2=0.9, epsilon=0.01),
    Entry("Adagrad", 0.1, initial_accumulator_value=0.5, epsilon=0.01),
    Entry("Adagrad", 0.1, initial_accumulator_value=0.0),
    Entry("Adadelta", 1.0, rho=0.5, epsilon=1e-4),
    Entry("Ftrl", 0.1, learning_rate_power=-0.3, initial_accumulator_value=0.5, beta=0.2),
    Entry("Ftrl", 0.1, l1_regularization_strength=0.2, l2_regularization_strength=0.1, l2_shrinkage_regularization_strength=0.05),
    Entry("Ftrl", 0.1, learning_rate_power=0.0, l1_regularization_strength=0.01),
    Entry("Lion", 0.01, beta_1=0.5, beta_2=0.8, weight_decay=0.1),
    Entry("Lamb", 0.02, beta_1=0.5, beta_2=0.8, epsilon=0.01, weight_decay=0.1),
    Entry("Adafactor", 0.02, relative_step=False, beta_2_decay=-0.5),
    Entry("Adafactor", 0.02, epsilon_1=1e-10, epsilon_2=0.1, clip_threshold=0.3),
    Entry("Adafactor", 0.02, shapes=[(3, 4, 5), (7,), (6, 2), (2, 3, 4, 5)]),
    Entry("Muon", 0.02, ns_steps=3, nesterov=False, momentum=0.8, shapes=[(4, 6), (6, 4), (3,), (2, 3, 4)]),
    Entry("Muon", 0.02, rms_rate=None, weight_decay=0.1, adam_weight_decay=0.05, adam_lr_ratio=0.3, shapes=[(5, 5), (7, 2), (3,), (1, 4)]),
    Entry("ScheduleFreeAdamW", 0.02, warmup_steps=6, beta_1=0.8, weight_decay=0.05),
]
