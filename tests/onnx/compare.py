"""Runs with onnxruntime what wgrad exported; predictions must be equal.

usage: compare.py PROGRAM, where PROGRAM is the built example keras_exchange.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnxruntime


def array(facts):
    return np.array(facts["values"], dtype=facts["dtype"]).reshape(facts["shape"])


def main(program):
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        subprocess.run([program, "write", folder], check=True, stdout=subprocess.DEVNULL)
        models = sorted(folder.glob("*.onnx"))
        for path in models:
            facts = json.loads(path.with_suffix(".facts.json").read_text())
            try:
                session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
                given = {known.name: array(x) for known, x in zip(session.get_inputs(), facts["x"], strict=True)}
                for got, expected in zip(session.run(None, given), facts["predictions"], strict=True):
                    np.testing.assert_allclose(got, array(expected), rtol=1e-4, atol=1e-5)
                print(f"{path.stem}: onnxruntime {onnxruntime.__version__} predicts the same")
            except Exception as error:  # noqa: BLE001: all models are looked at before this fails
                failed.append(f"{path.stem}: {type(error).__name__}: {error}")
    if failed or not models:
        sys.exit("\n\n".join(failed) or "there are no models")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve())
