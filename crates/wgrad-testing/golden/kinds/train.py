"""Training runs: the logs of every step, the history of `fit`, the weights at the end. The runs themselves stand in `train_runs.py`."""

import json

import keras
import numpy as np

from .case import Case, in_float64
from .train_runs import SMALL, WIDE

__all__ = ["SMALL", "WIDE", "write"]

# The tolerance of a run follows from how much it changes when the initial weights and the learning rate move by this much of their values.
WEIGHTS_MOVED = 1e-7
RATE_MOVED = 7e-6
STEADY = 4


def initial_weights(model, random):
    """Matrices drawn here, so that they do not depend on TensorFlow's generator; vectors as Keras starts them."""
    values = []
    for variable in model.weights:
        shape = tuple(variable.shape)
        drawn = random.standard_normal(shape) / np.sqrt(np.prod(shape[:-1], initial=1.0))
        values.append((drawn if len(shape) > 1 else variable.numpy()).astype(np.float32))
    return values


def compiled(entry, moved):
    """The model and its optimizer, loss and metrics; all made anew, in the precision in force."""
    keras.backend.clear_session()
    model = entry.build()
    optimizer = entry.optimizer(1 + RATE_MOVED if moved else 1.0)
    model.compile(
        optimizer=optimizer,
        loss=entry.loss(),
        loss_weights=entry.loss_weights,
        metrics=entry.metrics,
        weighted_metrics=entry.weighted_metrics,
        run_eagerly=len(entry.y) == 1,  # faster than tracing; but eager averages of the losses of several outputs are not those of `fit`
    )
    return model


def one_or_list(values):
    return values[0] if len(values) == 1 else values


def start(entry, weights, moved):
    model = compiled(entry, moved)
    signs = np.random.default_rng(1)
    for variable, value in zip(model.weights, weights):
        change = WEIGHTS_MOVED * signs.choice([-1.0, 1.0], value.shape) if moved else 0.0
        variable.assign(value.astype(np.float64) * (1 + change))
    return model


def by_steps(entry, model, data):
    """`train_on_batch` over the epochs: the logs of each step."""
    logs = []
    for _ in range(entry.epochs):
        for first in range(0, entry.samples, entry.batch_size):
            rows = slice(first, first + entry.batch_size)
            part = lambda values: one_or_list([v[rows] for v in values])
            weight = {} if data["weight"] is None else {"sample_weight": data["weight"][rows]}
            logs.append(model.train_on_batch(part(data["x"]), part(data["y"]), class_weight=entry.class_weight, return_dict=True, **weight))
    return {name: np.array([float(step[name]) for step in logs]) for name in sorted(logs[0])}


def by_fit(entry, model, data):
    """The history of `fit` on the same batches."""
    validation = None
    if data["validation_x"]:
        validation = (one_or_list(data["validation_x"]), one_or_list(data["validation_y"]))
    history = model.fit(
        one_or_list(data["x"]),
        one_or_list(data["y"]),
        batch_size=entry.batch_size,
        epochs=entry.epochs,
        shuffle=False,
        verbose=0,
        class_weight=entry.class_weight,
        sample_weight=data["weight"],
        validation_data=validation,
    ).history
    return {name: np.array(history[name]) for name in sorted(history)}


def compute(entry, data, weights, moved=False):
    model = start(entry, weights, moved)
    steps = by_steps(entry, model, data)
    final = [v.numpy() for v in model.weights]
    history = by_fit(entry, start(entry, weights, moved), data)
    return {"steps": steps, "history": history, "final": final}


def draw_data(entry, random):
    """Inputs drawn as the run says; labels are drawn too: these runs follow Keras, they need not learn."""
    data = {"x": [x.draw(random, entry.samples) for x in entry.x], "y": [y.draw(random, entry.samples) for y in entry.y]}
    data["weight"] = entry.sample_weight and random.uniform(0.2, 2.0, (entry.samples, *entry.sample_weight[0])).astype(np.float32)
    data["validation_x"] = [x.draw(random, entry.validation) for x in entry.x] if entry.validation else []
    data["validation_y"] = [y.draw(random, entry.validation) for y in entry.y] if entry.validation else []
    return data


def compile_fields(entry, model):
    loss = entry.loss()
    named = lambda one: one if one is None or isinstance(one, str) else keras.losses.serialize(one)
    optimizer = model.optimizer
    fields = {
        "optimizer": {"class_name": type(optimizer).__name__, "config": optimizer.get_config()},
        "loss": [named(one) for one in loss] if isinstance(loss, list) else named(loss),
        "loss_weights": entry.loss_weights,
        "metrics": entry.metrics,
    }
    if entry.loss_arguments:
        fields["loss_arguments"] = entry.loss_arguments
    if entry.weighted_metrics:
        fields["weighted_metrics"] = entry.weighted_metrics
    return fields


def fit_fields(entry, case, data):
    steps = -(-entry.samples // entry.batch_size)
    fields = {
        "batch_size": entry.batch_size,
        "epochs": entry.epochs,
        "shuffle": False,
        "steps": steps * entry.epochs,
        "steps_per_epoch": steps,
        "class_weight": entry.class_weight,
        "x": [case.given(f"x.{i}", x) for i, x in enumerate(data["x"])],
        "y": [case.given(f"y.{i}", y) for i, y in enumerate(data["y"])],
        "sample_weight": None if data["weight"] is None else case.given("sample_weight", data["weight"]),
    }
    for name in ["validation_x", "validation_y"]:
        if data[name]:
            fields[name] = [case.given(f"{name}.{i}", v) for i, v in enumerate(data[name])]
    return fields


def write(folder, name, entry):
    case = Case("train", name, entry.class_name)
    data = draw_data(entry, case.random)
    model = compiled(entry, moved=False)
    weights = initial_weights(model, case.random)
    fit = fit_fields(entry, case, data)

    result = compute(entry, data, weights)
    exact = in_float64(lambda: compute(entry, data, weights))
    moved = in_float64(lambda: compute(entry, data, weights, moved=True))

    def store(tensor, value, find, first=None):
        change = np.abs(find(exact) - find(moved))
        tolerance = {"rtol": 1e-4, "relative": 2e-5, "spread": 20, "atol": STEADY * change.max(initial=0)}
        if first is not None:
            early, difference = slice(first), np.abs(value - find(exact))
            largest = 2e-5 * np.abs(value[early]).max(), 20 * difference[early].max(), STEADY * change[early].max()
            tolerance["atol_first_20"] = max(largest)
        return case.result(tensor, value, find(exact), **tolerance)

    described = []
    for i, variable in enumerate(model.weights):
        path = variable.path.removeprefix(f"{model.name}/")
        line = {"name": variable.name, "path": path, "shape": list(variable.shape), "trainable": variable.trainable}
        line["tensor"] = case.given(f"weight.{path}", weights[i])
        line["final"] = store(f"weight_final.{path}", result["final"][i], lambda run: run["final"][i])
        described.append(line)
    steps = {key: store(f"step.{key}", value, lambda run: run["steps"][key], 20) for key, value in result["steps"].items()}
    history = {key: store(f"history.{key}", value, lambda run: run["history"][key]) for key, value in result["history"].items()}
    loosest = max(limit["atol"] / max(1e-3, np.abs(case.tensors[key]).max()) for key, limit in case.expect().items())
    print(f"    loosest tolerance {loosest:.1e} of the tensor's magnitude")
    return case.write(
        folder,
        model=json.loads(model.to_json()),
        compile=compile_fields(entry, model),
        fit=fit,
        input_names=[x.name for x in model.inputs],
        output_names=[y._keras_history.operation.name for y in model.outputs],
        weights=described,
        step_logs=steps,
        fit_history=history,
    )
