"""Reads with TensorBoard what `cargo run -p wgrad-board --example events -- FOLDER > EXPECTED` wrote, and compares.

usage: read_back.py FOLDER EXPECTED
"""

import io
import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.graph.keras_util import keras_model_to_graph_def
from tensorboard.plugins.hparams import plugin_data_pb2
from tensorboard.util.tensor_util import make_ndarray

folder, expected = sys.argv[1], json.load(open(sys.argv[2]))


def read(run):
    events = EventAccumulator(f"{folder}/{run}", size_guidance={"scalars": 0, "histograms": 0, "images": 0, "tensors": 0})
    return events.Reload()


def scalars(events, tag):
    return [(event.step, event.value) for event in events.Scalars(tag)]


def same(got, want, what):
    assert got == want, f"{what}: got {got}, expected {want}"


f32 = lambda value: float(np.float32(value))
train, validation, by_hand = read("train"), read("validation"), read("by_hand")

# Epochs, in the runs and under the tags that Keras uses.
epochs, steps = expected["epochs"], 3
for name in ["loss", "accuracy"]:
    same(scalars(train, f"epoch_{name}"), [(i, f32(logs[name])) for i, logs in enumerate(epochs)], f"epoch_{name}")
    values = [f32(logs[f"val_{name}"]) for logs in epochs]
    same(scalars(validation, f"epoch_{name}"), list(enumerate(values)), f"validation epoch_{name}")
    at = [steps * (i + 1) for i in range(len(epochs))]
    same(scalars(validation, f"evaluation_{name}_vs_iterations"), list(zip(at, values)), f"evaluation_{name}")
same(scalars(train, "epoch_learning_rate"), [(i, f32(0.001)) for i in range(len(epochs))], "learning rate")
same([step for step, _ in scalars(train, "batch_loss")], list(range(1, 10)), "steps of batch_loss")
same(scalars(train, "batch_loss")[2][1], f32(epochs[0]["loss"]), "the loss after the last step of an epoch")
assert all(pace > 0 for _, pace in scalars(train, "batch_steps_per_second") + scalars(train, "epoch_steps_per_second"))

# Weights: the histograms of the last epoch are those of the weights that the model has now.
for path, weight in expected["weights"]:
    last = train.Histograms(f"{path}/histogram")[-1]
    same(last.step, len(epochs) - 1, path)
    h = last.histogram_value
    same((h.min, h.max, h.num), (min(weight), max(weight), len(weight)), path)
    assert np.isclose(h.sum, np.sum(weight)) and np.isclose(h.sum_squares, np.sum(np.square(weight))), path
    if h.min < h.max:
        # A number on the border of two buckets may be counted in either.
        counts, limits = np.histogram(weight, bins=30)
        assert np.allclose(h.bucket_limit, limits[1:]) and np.abs(np.array(h.bucket) - counts).sum() <= 4, path
    same(len(train.Histograms(f"{path}/gradient")), len(epochs), f"gradients of {path}")
    same(len(train.Images(f"{path}/image")), len(epochs), f"images of {path}")

# By hand.
same(scalars(by_hand, "numbers/all"), list(enumerate(f32(v) for v in expected["numbers"])), "numbers")
spread = by_hand.Histograms("spread")[0].histogram_value
same((spread.num, spread.min, sum(spread.bucket)), (1000, 0, 1000), "spread")
for tag, want in [("shades", [[0, 51, 102], [153, 204, 255]]), ("colors", [[[255, 0, 0], [0, 0, 255]]])]:
    event = by_hand.Images(tag)[0]
    pixels = np.array(Image.open(io.BytesIO(event.encoded_image_string)))
    same((event.step, event.height, event.width), (1, len(want), len(want[0])), tag)
    same(pixels.tolist(), want, tag)
note = by_hand.Tensors("note")[0]
same((note.step, make_ndarray(note.tensor_proto).item().decode()), (2, "Grüße, **TensorBoard**"), "text")
same(by_hand.SummaryMetadata("note").plugin_data.plugin_name, "text", "plugin of the text")


def hparams(part):
    data = by_hand.SummaryMetadata(f"_hparams_/{part}").plugin_data
    same(data.plugin_name, "hparams", part)
    return plugin_data_pb2.HParamsPluginData.FromString(data.content)


start = hparams("session_start_info").session_start_info.hparams
same((start["rate"].number_value, start["layers"].number_value), (0.01, 0.0), "numbers among the hyperparameters")
same((start["optimizer"].string_value, start["bias"].bool_value), ("adam", False), "other hyperparameters")
same(start["layers"].WhichOneof("kind"), "number_value", "a parameter that is 0")
info = hparams("experiment").experiment
same([(p.name, p.type) for p in info.hparam_infos], [("rate", 3), ("layers", 3), ("optimizer", 1), ("bias", 2)], "infos")
same([m.name.tag for m in info.metric_infos], ["numbers/all"], "metrics of the hyperparameters")
same(hparams("session_end_info").session_end_info.status, 1, "how the run ended")

# The graph, as layers and as Keras' configuration; both have the same edges.
graph = {node.name: node for node in train.Graph().node}
want = {
    "image": ("InputLayer", []),
    "features/conv": ("Conv2D", ["image"]),
    "features/flatten": ("Flatten", ["features/conv"]),
    "features/dense": ("Dense", ["features/flatten"]),
    "wide": ("Flatten", ["image"]),
    "join": ("Concatenate", ["features/dense", "wide"]),
    "classes": ("Dense", ["join"]),
}
same({name: (node.op, list(node.input)) for name, node in graph.items()}, want, "graph")
shape = graph["features/conv"].attr["_output_shapes"].list.shape[0]
same([dim.size for dim in shape.dim], [-1, 4, 4, 4], "shape in the graph")
same(train.SummaryMetadata("keras").plugin_data.plugin_name, "graph_keras_model", "plugin of Keras' graph")
config = json.loads(make_ndarray(train.Tensors("keras")[0].tensor_proto).item())
conceptual = {node.name: list(node.input) for node in keras_model_to_graph_def(config).node}
same(conceptual["functional/join"], ["functional/features/dense", "functional/wide"], "Keras' graph")
print(f"TensorBoard read back all of it: {len(graph)} layers, {len(epochs)} epochs, {len(expected['weights'])} weights")
