"""Layers: outputs, gradients of inputs and weights, changed statistics. The cases themselves stand in `layer_small.py` and `layer_wide.py`."""

import keras
import numpy as np
import tensorflow as tf

from .case import Case, in_float64
from .layer_entry import Entry, Input
from .layer_small import SMALL
from .layer_wide import WIDE

__all__ = ["Entry", "SMALL", "WIDE", "write"]


def replaced(value, by):
    """The arguments of a call with each `Input` replaced."""
    if isinstance(value, Input):
        return by(value)
    if isinstance(value, (list, tuple)):
        return [replaced(v, by) for v in value]
    if isinstance(value, dict):
        return {k: replaced(v, by) for k, v in value.items()}
    return value


def build(layer, entry, data):
    """Creates the weights, without a computation that could change them."""
    if not layer.built:
        symbol = lambda x: keras.KerasTensor(data[x.name].shape, "float32" if data[x.name].dtype.kind == "f" else str(data[x.name].dtype))
        layer(*replaced(entry.args, symbol), **replaced(entry.kwargs, symbol))


def initial(variable, random):
    """Values that show an error anywhere: no zeros, no ones."""
    shape = tuple(variable.shape)
    if "variance" in variable.name:
        return random.uniform(0.5, 1.5, shape)
    if variable.name in ("gamma", "scale"):
        return random.uniform(0.5, 1.5, shape)
    if len(shape) < 2:
        return 0.3 * random.standard_normal(shape)
    return random.standard_normal(shape) / np.sqrt(max(2, np.prod(shape[:-1])))


def paths(layer):
    """The path of each weight without the layer's own name, with a number where two have the same."""
    found = []
    for weight in layer.weights:
        path = weight.path.removeprefix(f"{layer.name}/")
        found.append(path if path not in found else f"{path}.{found.count(path)}")
    return found


def compute(entry, name, data, weights, upstream, dtype):
    layer = entry.make(name)
    build(layer, entry, data)
    if weights is not None:
        for variable, value in zip(layer.weights, weights):
            variable.assign(value)
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()  # it computes with copies of its variables
    cast = lambda value: tf.constant(value, dtype if value.dtype.kind == "f" else None)
    tensors = {key: cast(value) for key, value in data.items()}
    floats = [x.name for x in entry.inputs if data[x.name].dtype.kind == "f" and x.kind != "constant"]
    with tf.GradientTape() as tape:
        for key in floats:
            tape.watch(tensors[key])
        outputs = layer(*replaced(entry.args, lambda x: tensors[x.name]), **replaced(entry.kwargs, lambda x: tensors[x.name]))
        outputs = [tf.convert_to_tensor(y) for y in keras.tree.flatten(outputs)]
        losses = list(layer.losses)
        scalar = tf.add_n(losses) if losses else tf.constant(0, dtype)
        for y, up in zip(outputs, upstream or []):
            if up is not None:
                scalar += tf.reduce_sum(y * tf.constant(up, dtype))
    trainable = [v for v in layer.weights if v.trainable]
    sources = [tensors[key] for key in floats] + [v.value for v in trainable]
    gradients = tape.gradient(scalar, sources, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    gradients = [tf.convert_to_tensor(g).numpy() for g in gradients]
    return {
        "layer": layer,
        "outputs": [y.numpy() for y in outputs],
        "loss": tf.add_n(losses).numpy() if losses else None,
        "inputs": dict(zip(floats, gradients)),
        "weights": {id(v): g for v, g in zip(trainable, gradients[len(floats) :])},
        "after": [v.numpy() for v in layer.weights],
    }


def write(folder, name, entry):
    case = Case("layer", name, entry.class_name)
    data = {x.name: x.draw(case.random) for x in entry.inputs}
    for key, value in data.items():
        case.given(key, value)

    layer = entry.make(name)
    config = layer.get_config()
    build(layer, entry, data)
    weights = [v.numpy() for v in layer.weights]
    if entry.random_weights:
        weights = [initial(v, case.random).astype(np.float32) if w.dtype.kind == "f" and "rnn_state" not in v.name else w for v, w in zip(layer.weights, weights)]
    trial = compute(entry, name, data, weights, None, "float32")
    upstream = [case.random.standard_normal(y.shape).astype(np.float32) if y.dtype.kind == "f" else None for y in trial["outputs"]]
    result = compute(entry, name, data, weights, upstream, "float32")
    exact = in_float64(lambda: compute(entry, name, data, weights, upstream, "float64"))

    described = []
    for i, (variable, path) in enumerate(zip(result["layer"].weights, paths(result["layer"]))):
        line = {"name": variable.name, "path": path, "shape": list(variable.shape), "trainable": variable.trainable}
        line["tensor"] = case.given(f"weight.{path}", weights[i])
        if variable.trainable:
            gradient = exact and exact["weights"][id(exact["layer"].weights[i])]
            line["grad"] = case.result(f"grad_weight.{path}", result["weights"][id(variable)], gradient)
        if not np.array_equal(result["after"][i], weights[i]):
            line["after"] = case.result(f"weight_after.{path}", result["after"][i], exact and exact["after"][i])
        described.append(line)

    up = [case.given(f"upstream.{i}", value) for i, value in enumerate(upstream) if value is not None]
    outputs = [case.result(f"output.{i}", y, exact and exact["outputs"][i]) for i, y in enumerate(result["outputs"])]
    grads = {key: case.result(f"grad_{key}", g, exact and exact["inputs"][key]) for key, g in result["inputs"].items()}
    fields = {}
    if result["loss"] is not None:
        fields["layer_loss"] = case.result("layer_loss", result["loss"], exact and exact["loss"])
    reference = lambda x: {"tensor": x.name}
    return case.write(
        folder,
        config=config,
        args=replaced(entry.args, reference),
        kwargs=replaced(entry.kwargs, reference),
        inputs=list(data),
        weights=described,
        outputs=outputs,
        upstream=up,
        input_grads=grads,
        **fields,
    )
