"""Computes reference cases with Keras: `python generate.py FOLDER [--set small|wide] [--kind KIND]`. See README.md beside this file."""

import argparse
import collections
import importlib
import json
import os
import pathlib
import shutil

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import keras
import numpy
import tensorflow

from kinds.case import stem

KINDS = ["layer", "activation", "loss", "metric", "optimizer", "schedule", "regularizer", "constraint", "initializer", "train"]


def write_kind(folder, kind, entries, write):
    """Writes the cases of one kind, numbered for each class, and returns their lines in the index."""
    numbers, index = collections.Counter(), []
    for entry in entries:
        name = stem(entry.class_name, numbers[entry.class_name], 3 if kind == "layer" else 2) if entry.stem is None else entry.stem
        numbers[entry.class_name] += 1
        print(f"{kind}/{name}", flush=True)
        keras.backend.clear_session()
        index.append(write(folder, name, entry))
    return sorted(index, key=lambda line: line["id"])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--set", choices=["small", "wide"], default="small")
    parser.add_argument("--kind", choices=KINDS, action="append")
    arguments = parser.parse_args()

    tensorflow.config.threading.set_inter_op_parallelism_threads(1)
    tensorflow.config.threading.set_intra_op_parallelism_threads(1)
    keras.utils.set_random_seed(1)
    tensorflow.config.experimental.enable_op_determinism()

    index = []
    for kind in arguments.kind or KINDS:
        shutil.rmtree(arguments.folder / kind, ignore_errors=True)
        module = importlib.import_module(f"kinds.{kind}")
        index += write_kind(arguments.folder, kind, getattr(module, arguments.set.upper()), module.write)
    counts = collections.Counter(line["kind"] for line in index)
    versions = {
        "keras": keras.__version__,
        "tensorflow": tensorflow.__version__,
        "numpy": numpy.__version__,
        "backend": "tensorflow (CPU)",
        "dtype": "float32",
    }
    head = {"format": 1, "versions": versions, "counts": counts}
    lines = ",\n".join("  " + json.dumps(line) for line in index)
    text = json.dumps(head, indent=1)[:-2] + ',\n "cases": [\n' + lines + "\n ]\n}\n"
    (arguments.folder / "index.json").write_text(text)
    print(f"{len(index)} cases: {dict(counts)}")


if __name__ == "__main__":
    main()
