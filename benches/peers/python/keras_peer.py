"""The cases of `train_bench` that train, with Keras' `fit` on TensorFlow, on the processor: `keras_peer.py CASE [--seconds S] [--threads N]`.

`fit` has a loop of its own, so rates are those of its epochs.
"""
import os
import time

import peer

options = peer.options()
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["KERAS_BACKEND"] = "tensorflow"
import keras
import numpy
import tensorflow
from keras import layers

tensorflow.config.threading.set_intra_op_parallelism_threads(options.threads)
keras.utils.set_random_seed(1)


def network(name, widths):
    inner = [layers.Dense(units, activation="relu") for units in widths[1:-1]]
    if name == "cnn":
        inner = [
            layers.Reshape((28, 28, 1)),
            layers.Conv2D(32, 5, activation="relu"), layers.MaxPooling2D(2),
            layers.Conv2D(64, 5, activation="relu"), layers.MaxPooling2D(2),
            layers.Flatten(), layers.Dense(64, activation="relu"),
        ]
    return keras.Sequential([keras.Input((widths[0],)), *inner, layers.Dense(widths[-1], activation="softmax")])


class Clock(keras.callbacks.Callback):
    """Rates of epochs after a warm-up as long as the time of a window, for as long as three."""

    def __init__(self):
        super().__init__()
        self.rates, self.losses, self.first_step, self.warm = [], [], None, None

    def on_train_batch_end(self, batch, logs=None):
        if self.first_step is None:
            self.first_step = time.perf_counter() - peer.START

    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        now = time.perf_counter()
        self.losses.append(logs["loss"])
        if epoch == 0:
            self.warm = now + options.seconds
        elif now > self.warm:
            self.rates.append(self.params["steps"] / (now - self.start))
            self.model.stop_training = now > self.warm + peer.WINDOWS * options.seconds


case = peer.CASES[options.case]
optimizer = keras.optimizers.Adam(0.001) if case["optimizer"] == "adam" else keras.optimizers.SGD(0.01)
model = network(options.case, case["widths"])
model.compile(optimizer, "sparse_categorical_crossentropy")
x, y = peer.data(case, numpy)
# Epochs long enough that their beginning and end count little.
repeats = 2 if options.case == "cnn" else 12
x, y = numpy.tile(x, (repeats, 1)), numpy.tile(y, repeats)
clock = Clock()
model.fit(x, y, batch_size=case["batch"], epochs=1_000_000, verbose=0, callbacks=[clock])
peer.report(clock.rates, clock.first_step, clock.losses[0], clock.losses[-1])
