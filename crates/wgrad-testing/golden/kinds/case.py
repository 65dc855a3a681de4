"""One case: its tensors, the tolerance of each result, and the two files that it becomes."""

import json
import zlib

import keras
import numpy as np
from keras.src.utils.naming import to_snake_case
from safetensors.numpy import save_file

WIDTH = 150
DTYPES = {"float32": "F32", "int32": "I32", "bool": "BOOL"}


def stored(value):
    """The value as it is stored: float32, int32 or bool."""
    value = np.asarray(value)
    if value.dtype.kind == "f":
        return value.astype(np.float32)
    return value if value.dtype.kind == "b" else value.astype(np.int32)


class precision:
    """Objects made inside compute in `dtype` ("float32" or "float64")."""

    def __init__(self, dtype):
        self.dtype = dtype

    def __enter__(self):
        keras.config.set_floatx(self.dtype)
        keras.config.set_dtype_policy(self.dtype)

    def __exit__(self, *_):
        keras.config.set_floatx("float32")
        keras.config.set_dtype_policy("float32")


def in_float64(compute):
    """What `compute` gives in float64, or None where TensorFlow has no float64 kernel (resizing, for one)."""
    try:
        with precision("float64"):
            return compute()
    except Exception as error:
        print(f"    no float64: {type(error).__name__}: {str(error).splitlines()[0][:150]}")
        return None


class Case:
    """Tensors and description of a case. `given` and `result` store a tensor and return its name."""

    def __init__(self, kind, stem, class_name):
        self.kind, self.stem, self.class_name = kind, stem, class_name
        self.tensors, self.results = {}, {}
        self.random = np.random.default_rng(zlib.crc32(self.id.encode()))

    @property
    def id(self):
        return f"{self.kind}/{self.stem}"

    def given(self, name, value):
        value = np.asarray(stored(value), order="C")
        if value.dtype.kind == "f" and not np.isfinite(value).all():
            raise ValueError(f"{self.id}: {name} is not finite")
        self.tensors[name] = value
        return name

    def result(self, name, value, exact=None, **tolerance):
        """A result. `exact`: the same computed in float64. `tolerance`: `rtol`, `atol` (a least value), `spread` (a multiple of the float64 difference)."""
        self.given(name, value)
        self.results[name] = (exact, tolerance)
        return name

    def expect(self):
        floats = [np.abs(self.tensors[name]).max(initial=0) for name in self.results if self.tensors[name].dtype.kind == "f"]
        floor = 3e-7 * min(1.0, max(floats, default=0.0))
        return {name: self.tolerance(name, floor, *self.results[name]) for name in self.results}

    def tolerance(self, name, floor, exact, given):
        value = self.tensors[name]
        if value.dtype.kind != "f" or given.get("rtol") == 0:
            return {"rtol": 0.0, "atol": 0.0}
        entry = {"rtol": given.get("rtol", 2e-5)}
        atol = max(given.get("relative", 2e-6) * np.abs(value).max(initial=0), given.get("atol", floor))
        if exact is not None:
            difference = np.abs(value.astype(np.float64) - np.asarray(exact, np.float64)).max(initial=0)
            atol = max(atol, given.get("spread", 10) * difference)
        entry["atol"] = float(f"{atol:.3g}")
        if "atol_first_20" in given:
            entry["atol_first_20"] = float(f"{given['atol_first_20']:.3g}")
        if exact is not None:
            entry["f64_max_abs_diff"] = float(f"{difference:.4g}")
        return entry

    def write(self, folder, **fields):
        description = {"format": 1, "id": self.id, "kind": self.kind, "class_name": self.class_name, **fields}
        description["tensors"] = {name: {"dtype": DTYPES[str(v.dtype)], "shape": list(v.shape)} for name, v in self.tensors.items()}
        description["expect"] = self.expect()
        (folder / self.kind).mkdir(parents=True, exist_ok=True)
        (folder / f"{self.id}.json").write_text(pretty(plain(description)) + "\n")
        save_file(self.tensors, folder / f"{self.id}.safetensors")
        return {"id": self.id, "kind": self.kind, "class_name": self.class_name, "json": f"{self.id}.json", "tensors": f"{self.id}.safetensors"}


def stem(class_name, number, digits=2):
    return f"{to_snake_case(class_name)}_{number:0{digits}}"


def plain(value):
    """The value in the types of JSON: tuples become lists, numbers of NumPy plain ones, objects of Keras what Keras serializes."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return value.item()
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return plain(keras.saving.serialize_keras_object(value))


def pretty(value, indent=0):
    """JSON with one space of indentation, short objects and lists on one line."""
    line = json.dumps(value, allow_nan=False)
    if len(line) + indent <= WIDTH or not value or not isinstance(value, (dict, list)):
        return line
    if isinstance(value, list) and not isinstance(value[0], (dict, list)):
        return line
    pad = " " * (indent + 1)
    if isinstance(value, dict):
        parts = [f"{pad}{json.dumps(k)}: {pretty(v, indent + 1)}" for k, v in value.items()]
        return "{\n" + ",\n".join(parts) + "\n" + " " * indent + "}"
    return "[\n" + ",\n".join(pad + pretty(v, indent + 1) for v in value) + "\n" + " " * indent + "]"
