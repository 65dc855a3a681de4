"""What the Python peers share: cases, data, the measuring loop of wgrad's `train_bench`, and the line of JSON that a run ends with.

The time to the first step counts from the start of the program, imports included.
"""
import argparse
import json
import os
import time

START = time.perf_counter()
BATCHES = 16  # batches of data; a second half repeats their samples with a quarter of the labels redrawn
LOSS_EVERY = 20
WINDOWS = 3

CASES = {
    "tiny": {"widths": [6, 100, 100, 3], "optimizer": "adam", "batch": 16},
    "mlp-a": {"widths": [784, 100, 10], "optimizer": "adam", "batch": 32},
    "mlp-b": {"widths": [784, 256, 128, 64, 32, 10], "optimizer": "sgd", "batch": 128},
    "cnn": {"widths": [784, 10], "optimizer": "adam", "batch": 32},
}


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("case")
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"], help="cuda for PyTorch only")
    options = parser.parse_args()
    if options.device == "cpu":
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    os.environ["OMP_NUM_THREADS"] = str(options.threads)
    return options


def data(case, numpy):
    """Samples `f32[n, features]` and labels `i32[n]` of all batches: a prototype per class plus noise."""
    random = numpy.random.default_rng(7)
    rows, features, classes = BATCHES * case["batch"], case["widths"][0], case["widths"][-1]
    labels = random.integers(0, classes, rows)
    prototypes = random.standard_normal((classes, features)) * (0.2 if features > 100 else 0.8)
    x = (prototypes[labels] + 0.5 * random.standard_normal((rows, features))).astype(numpy.float32)
    redrawn = numpy.where(random.random(rows) < 0.25, random.integers(0, classes, rows), labels)
    return numpy.concatenate([x, x]), numpy.concatenate([labels, redrawn]).astype(numpy.int32)


def measure(step, loss, seconds):
    """First step, then warm up until the time is spent and blocks have stopped to become faster, then windows: as in `measure.rs` of `train_bench`."""
    steps = 0

    def block(size):
        nonlocal steps
        start = time.perf_counter()
        for _ in range(size):
            step(steps)
            steps += 1
        last = loss()
        return time.perf_counter() - start, last

    _, loss_first = block(1)
    first_step = time.perf_counter() - START
    size = max(1, min(LOSS_EVERY, int(seconds / block(1)[0])))
    start, best = time.perf_counter(), float("inf")
    while True:
        last, _ = block(size)
        best = min(best, last)
        spent = time.perf_counter() - start
        if (spent >= seconds and last <= 1.3 * best) or spent >= 10 * seconds:
            break
    rates = []
    for _ in range(WINDOWS):
        start, before = time.perf_counter(), steps
        while time.perf_counter() - start < seconds:
            _, loss_last = block(size)
        rates.append((steps - before) / (time.perf_counter() - start))
    report(rates, first_step, loss_first, loss_last)


def report(rates, first_step, loss_first, loss_last):
    rates = sorted(rates)
    print(json.dumps({
        "device": "cpu",
        "steps_per_s": rates[len(rates) // 2],
        "time_to_first_step_s": first_step,
        "loss_first": float(loss_first),
        "loss_last": float(loss_last),
    }))
