"""Loads with Keras what wgrad wrote, and lets wgrad load what Keras wrote; predictions and further training must be equal.

usage: exchange.py PROGRAM, where PROGRAM is the built example keras_exchange.
"""

import json
import logging
import os
import pathlib
import subprocess
import sys
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
import numpy as np

import models


def array(facts):
    return np.array(facts["values"], dtype=facts["dtype"]).reshape(facts["shape"])


def arrays(facts):
    return [array(one) for one in facts]


def one_or_list(items):
    return items[0] if len(items) == 1 else items


def as_list(result):
    return list(result) if isinstance(result, (list, tuple)) else [result]


def train(model, x, y, steps):
    """The losses of some steps, each of its own batch before the step."""
    losses = []
    for _ in range(steps):
        model.reset_metrics()
        logs = model.train_on_batch(one_or_list(x), one_or_list(y), return_dict=True)
        losses.append(float(logs["loss"]))
    return losses


def load(folder, name, form):
    path = folder / f"{name}.{form}"
    if form == "json":
        model = keras.models.model_from_json(path.read_text())
        model.load_weights(folder / f"{name}.weights.h5")
        return model
    return keras.models.load_model(path)


def check(folder, name):
    """Compares every form of a model that wgrad wrote with what wgrad computed."""
    facts = json.loads((folder / f"{name}.facts.json").read_text())
    x, y = arrays(facts["x"]), arrays(facts["y"])
    for form in ("keras", "h5", "json"):
        model = load(folder, name, form)
        for got, expected in zip(as_list(model.predict(one_or_list(x), verbose=0)), arrays(facts["predictions"]), strict=True):
            np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-5, err_msg=f"{name}.{form}: predictions")
        # Keras 3 cannot go on training with a Sequential that it loaded from .h5, its own files included; and to_json() is no training.
        if form == "keras":
            assert int(model.optimizer.iterations) == 3, f"{name}.{form}: the optimizer's steps were lost"
            losses = train(model, x, y, len(facts["losses"]))
            np.testing.assert_allclose(losses, facts["losses"], rtol=1e-4, atol=1e-5, err_msg=f"{name}.{form}: losses")
    print(f"{name}: Keras finds it equal in every form")


def write(folder, name, model):
    """Writes a model of Keras in every form, with what it computes."""
    generator = np.random.default_rng(0)
    x = [draw(generator, tensor) for tensor in model.inputs]
    y = [label(generator, tensor) for tensor in model.outputs]
    train(model, x, y, 0 if name == "untrained" else 3)
    # Vocabularies that were learned are in archives alone.
    forms = ["keras"] if name == "lookup" else ["keras", "h5", "weights.h5"]
    for form in forms:
        path = folder / f"{name}.{form}"
        model.save_weights(path) if form == "weights.h5" else model.save(path)
    (folder / f"{name}.json").write_text(model.to_json())
    predictions = as_list(model.predict(one_or_list(x), verbose=0))
    facts = {
        "forms": forms,
        "x": [describe(one) for one in x],
        "y": [describe(one) for one in y],
        "predictions": [describe(one) for one in predictions],
        "losses": train(model, x, y, 2),
    }
    (folder / f"{name}.facts.json").write_text(json.dumps(facts))


def write_texts(folder):
    """Writes layers of texts with what they make of some."""
    model, texts = models.texts()
    model.save(folder / "texts.keras")
    results = model(keras.ops.convert_to_tensor(texts))
    facts = {layer: np.asarray(y, dtype="float64").ravel().tolist() for layer, y in zip(("tokens", "weights", "whole"), results, strict=True)}
    (folder / "texts.json").write_text(json.dumps({"texts": texts, **facts}))


def draw(generator, tensor):
    shape = (8, *(length or 5 for length in tensor.shape[1:]))
    if tensor.dtype == "int32":
        return generator.integers(0, 12, shape).astype("int32")
    return generator.normal(size=shape).astype("float32")


def label(generator, tensor):
    return generator.normal(size=(8, 1)).astype("float32") if tensor.shape[-1] == 1 else np.arange(8, dtype="int32") % 3


def describe(values):
    values = np.asarray(values)
    return {"shape": list(values.shape), "dtype": str(values.dtype), "values": values.astype("float64").ravel().tolist()}


def main(program):
    failed = []
    with tempfile.TemporaryDirectory() as temporary:
        ours, theirs = pathlib.Path(temporary, "wgrad"), pathlib.Path(temporary, "keras")
        ours.mkdir()
        theirs.mkdir()
        subprocess.run([program, "write", ours], check=True)
        for facts in sorted(ours.glob("*.facts.json")):
            name = facts.name.removesuffix(".facts.json")
            try:
                check(ours, name)
            except Exception as error:  # noqa: BLE001: all models are looked at before this fails
                failed.append(f"{name}: {type(error).__name__}: {error}")
        for name, build in models.ALL.items():
            write(theirs, name, build())
        write_texts(theirs)
        if subprocess.run([program, "check", theirs]).returncode != 0:
            failed.append("wgrad did not find equal what Keras wrote")
    if failed:
        sys.exit("\n\n".join(failed))


if __name__ == "__main__":
    # Warnings that .h5 is old and that every model is traced anew; both are meant.
    for name in ("absl", "tensorflow"):
        logging.getLogger(name).setLevel(logging.ERROR)
    keras.utils.set_random_seed(0)
    main(pathlib.Path(sys.argv[1]).resolve())
