"""How a layer case is written down: `layer(class, inputs, arguments...)`."""

import keras
import numpy as np

TINY = 0.05


class Input:
    """An input tensor. `kind`: "float", "constant" (float, but TensorFlow has no gradient for it), "mask" (bool, first step of each row true),
    "attention" (bool), "padded" (float with whole steps of `value`), "int" (integers below `high`) or "values" (`value` itself)."""

    def __init__(self, name, shape, kind="float", high=None, value=None):
        self.name, self.shape, self.kind, self.high, self.value = name, shape, kind, high, value

    def draw(self, random):
        if self.kind == "values":
            return np.asarray(self.value)
        if self.kind == "int":
            return random.integers(0, self.high, self.shape).astype(np.int32)
        if self.kind == "mask":
            keep = random.uniform(size=self.shape) < 0.7
            keep[:, 0] = True
            return keep
        if self.kind == "attention":
            keep = random.uniform(size=self.shape) < 0.7
            keep[..., 0] = True
            return keep
        x = random.standard_normal(self.shape)
        x = np.where(np.abs(x) < TINY, x + 2 * TINY * np.where(x < 0, -1, 1), x)  # away from the corners of relu
        if self.kind == "padded":
            x[random.uniform(size=self.shape[:2]) < 0.4] = self.value
            x[:, 0] += 0.01
        return x.astype(np.float32)


class Entry:
    stem = None
    random_weights = True


def as_inputs(shapes):
    """A shape, an `Input`, or a list of either, as inputs named `input.0`, `input.1`, ..."""
    shapes = shapes if isinstance(shapes, list) else [shapes]
    inputs = [s if isinstance(s, Input) else Input(None, s) for s in shapes]
    for number, x in enumerate(inputs):
        x.name = x.name or f"input.{number}"
    return inputs


def layer(make, inputs, args=None, call=None, **config):
    """A case. `make`: a class of `keras.layers` by name, or a function from the name to the layer. `args` and `call`: positional and keyword arguments,
    where strings that name an input stand for it; by default the one input, or the list of inputs."""
    entry = Entry()
    entry.inputs = as_inputs(inputs)
    named = {x.name: x for x in entry.inputs}
    find = lambda v: [find(w) for w in v] if isinstance(v, list) else named.get(v, v) if isinstance(v, str) else v
    if args is None:
        args = [[x.name for x in entry.inputs]] if isinstance(inputs, list) else [entry.inputs[0].name]
    entry.args, entry.kwargs = find(args), {k: find(v) for k, v in (call or {}).items()}
    entry.make = make if callable(make) else lambda name: getattr(keras.layers, make)(name=name, **config)
    entry.class_name = type(entry.make("x")).__name__
    return entry


def ints(shape, high):
    return Input(None, shape, "int", high)


def values(array):
    array = np.asarray(array)
    return Input(None, array.shape, "values", value=array.astype(np.float32) if array.dtype.kind == "f" else array.astype(np.int32))


def mask(shape, name="mask"):
    return Input(name, shape, "mask")


def attention_mask(shape):
    return Input("attention_mask", shape, "attention")


def padded(shape, value=0.0):
    return Input(None, shape, "padded", value=value)


def stack(shape, *layers, dtype=None):
    """A `Sequential` of layers made by the given functions."""

    def make(name):
        return keras.Sequential([keras.Input(shape, dtype=dtype, name="in"), *[each() for each in layers]], name=name)

    return make
