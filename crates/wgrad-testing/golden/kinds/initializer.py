"""Initializers: an exact tensor, or what holds for every draw of the distribution."""

import math

import keras
import numpy as np

from .case import Case

TRUNCATED_STD = 0.87962566103423978  # of a standard normal distribution cut at two standard deviations
EXACT = {"Zeros", "Ones", "Constant", "Identity"}


class Entry:
    stem = None

    def __init__(self, class_name, shape, **constructor):
        self.class_name, self.shape, self.constructor = class_name, shape, constructor


def distribution(entry, config):
    """(mean, standard deviation, least, greatest) of a random initializer."""
    if entry.class_name == "RandomUniform":
        return uniform(config["minval"], config["maxval"])
    if entry.class_name == "RandomNormal":
        return normal(config["mean"], config["stddev"])
    if entry.class_name == "TruncatedNormal":
        return truncated(config["mean"], config["stddev"])
    fan_in, fan_out = fans(entry.shape)
    scale, mode, kind = {
        "GlorotUniform": (1.0, "fan_avg", "uniform"),
        "GlorotNormal": (1.0, "fan_avg", "truncated_normal"),
        "HeUniform": (2.0, "fan_in", "uniform"),
        "HeNormal": (2.0, "fan_in", "truncated_normal"),
        "LecunUniform": (1.0, "fan_in", "uniform"),
        "LecunNormal": (1.0, "fan_in", "truncated_normal"),
    }.get(entry.class_name) or (config["scale"], config["mode"], config["distribution"])
    scale /= {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode]
    if kind == "uniform":
        return uniform(-math.sqrt(3 * scale), math.sqrt(3 * scale))
    if kind == "untruncated_normal":
        return normal(0.0, math.sqrt(scale))
    return truncated(0.0, math.sqrt(scale) / TRUNCATED_STD)


def fans(shape):
    if len(shape) == 1:
        return shape[0], shape[0]
    window = math.prod(shape[:-2])
    return window * shape[-2], window * shape[-1]


def uniform(low, high):
    return (low + high) / 2, (high - low) / math.sqrt(12), low, high


def normal(mean, std):
    return mean, std, None, None


def truncated(mean, std):
    return mean, std * TRUNCATED_STD, mean - 2 * std, mean + 2 * std


def write(folder, name, entry):
    case = Case("initializer", name, entry.class_name)
    constructor = dict(entry.constructor)
    if entry.class_name not in EXACT:
        constructor["seed"] = sum(case.id.encode())
    initializer = getattr(keras.initializers, entry.class_name)(**constructor)
    config = initializer.get_config()
    value = np.asarray(initializer(entry.shape, dtype="float32"))
    if entry.class_name in EXACT:
        fields = {"value": case.result("value", value, rtol=0)}
    elif entry.class_name == "Orthogonal":
        rows, columns = math.prod(entry.shape[:-1]), entry.shape[-1]
        gram = "columns" if rows >= columns else "rows"
        case.given("sample", value)
        fields = {"orthogonal": {"gain": config["gain"], "matrix_shape": [rows, columns], "gram": gram, "tolerance": 1e-5 * max(1.0, config["gain"] ** 2)}}
    else:
        case.given("sample", value)
        mean, std, low, high = distribution(entry, config)
        # Five standard errors; that of the standard deviation is smaller for bounded distributions, so this holds for all of them.
        error = 5 * std / math.sqrt(value.size)
        fields = {"statistics": {"mean": mean, "std": std, "min": low, "max": high, "n": value.size, "mean_tolerance": error, "std_tolerance": error}}
    return case.write(folder, config=config, constructor=entry.constructor, shape=list(entry.shape), **fields)


SCALED = ["GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "LecunNormal", "LecunUniform"]
SMALL = [
    Entry("Zeros", (3, 2)),
    Entry("Ones", (3, 2)),
    Entry("Constant", (3, 2), value=-0.7),
    Entry("Identity", (3, 4), gain=2.0),
    Entry("Orthogonal", (5, 3)),
    Entry("RandomNormal", (16, 16), mean=1.0, stddev=0.5),
    Entry("RandomUniform", (16, 16)),
    Entry("TruncatedNormal", (16, 16), stddev=0.5),
    Entry("VarianceScaling", (16, 16)),
    *[Entry(name, (16, 20)) for name in SCALED],
]
WIDE = [
    Entry("Zeros", (2, 3, 4)),
    Entry("Ones", (5,)),
    Entry("Constant", (2, 2, 2), value=3),
    Entry("Constant", (4,)),
    Entry("Identity", (5, 3)),
    Entry("Identity", (3, 7), gain=-0.5),
    Entry("Orthogonal", (3, 9), gain=1.5),
    Entry("Orthogonal", (16, 16)),
    Entry("Orthogonal", (2, 3, 4, 5), gain=0.5),
    Entry("Orthogonal", (2, 2, 3, 20)),
    Entry("RandomNormal", (3000,)),
    Entry("RandomNormal", (10, 20, 11), mean=-2.0, stddev=3.0),
    Entry("RandomUniform", (3000,), minval=2.0, maxval=5.0),
    Entry("RandomUniform", (10, 20, 11), minval=-1.0, maxval=0.0),
    Entry("TruncatedNormal", (3000,)),
    Entry("TruncatedNormal", (10, 20, 11), mean=4.0, stddev=2.0),
    *[Entry(name, (3, 5, 12, 13)) for name in SCALED],
    *[Entry(name, (2000,)) for name in SCALED],
    *[
        Entry("VarianceScaling", (30, 70), scale=scale, mode=mode, distribution=kind)
        for scale, mode in [(1.0, "fan_in"), (2.0, "fan_out"), (0.3, "fan_avg")]
        for kind in ["truncated_normal", "untruncated_normal", "uniform"]
    ],
]
