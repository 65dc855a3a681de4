"""Small models of every kind, compiled."""

import numpy as np
from keras import Input, Model, Sequential, layers


def compiled(model, loss="sparse_categorical_crossentropy", **more):
    model.compile(optimizer=more.pop("optimizer", "adam"), loss=loss, **more)
    return model


def sequential():
    stack = [
        Input([5]),
        layers.Dense(16, activation="relu", kernel_regularizer="l2"),
        layers.BatchNormalization(),
        layers.Dropout(0.0),
        layers.Dense(8, activation=layers.ELU(0.3), kernel_constraint="max_norm", name="hidden"),
        layers.Activation(layers.ReLU(max_value=2.0, negative_slope=0.2)),
        layers.Dense(3, activation="softmax"),
    ]
    return compiled(Sequential(stack), metrics=["accuracy"])


def cnn():
    stack = [
        Input([10, 10, 2]),
        layers.Conv2D(4, 3, padding="same", activation="relu"),
        layers.BatchNormalization(),
        layers.MaxPooling2D(2),
        layers.DepthwiseConv2D(3),
        layers.SeparableConv2D(6, 2),
        layers.LayerNormalization(),
        layers.AveragePooling2D(2),
        layers.Flatten(),
        layers.Dense(3, activation="softmax"),
    ]
    return compiled(Sequential(stack), metrics=["accuracy"])


def lstm():
    stack = [
        Input([7], dtype="int32"),
        layers.Embedding(12, 6, mask_zero=True),
        layers.LSTM(5, return_sequences=True),
        layers.GRU(4),
        layers.Dense(3, activation="softmax"),
    ]
    return compiled(Sequential(stack), metrics=["accuracy"])


def recurrent():
    stack = [
        Input([6, 3]),
        layers.Bidirectional(layers.LSTM(4, return_sequences=True)),
        layers.TimeDistributed(layers.Dense(5, activation="tanh")),
        layers.RNN(layers.StackedRNNCells([layers.LSTMCell(4, name="first"), layers.GRUCell(3)])),
        layers.Dense(3, activation="softmax"),
    ]
    return compiled(Sequential(stack))


def lookup():
    """Its vocabulary is learned: it is in the archive alone, not in the configuration."""
    numbers = np.array([[3, 7, 7], [11, 3, 7], [5, 11, 7]])
    x = Input([6], dtype="int32")
    found = [layers.IntegerLookup(output_mode=mode, name=mode) for mode in ("count", "tf_idf")]
    found.append(layers.IntegerLookup(output_mode="multi_hot", num_oov_indices=2, max_tokens=9, pad_to_max_tokens=True))
    for one in found:
        one.adapt(numbers)
    y = layers.Concatenate()([one(x) for one in found])
    return compiled(Model(x, layers.Dense(3, activation="softmax")(y)))


def texts():
    """Layers of texts, with the vocabulary of some, and what they make of them."""
    words = ["The cat sat", "the dog sat on the cat", "a dog", "nothing else"]
    x = Input([], dtype="string")
    found = [
        layers.TextVectorization(output_sequence_length=5, name="tokens"),
        layers.TextVectorization(output_mode="tf_idf", ngrams=2, name="weights"),
        layers.StringLookup(num_oov_indices=3, mask_token="", name="whole"),
    ]
    for one in found:
        one.adapt(words[:3])
    return Model(x, [one(x) for one in found]), words


def functional():
    a, b = Input([4], name="a"), Input([6], name="b")
    shared = layers.Dense(5, activation="tanh")
    left, right = shared(layers.Dense(7)(a)), shared(layers.Dense(7)(b))
    price = layers.Dense(1, name="price")(layers.Add()([left, right]))
    kind = layers.Dense(3, activation="softmax", name="class")(layers.Concatenate()([left, right]))
    return compiled(Model([a, b], [price, kind]), ["mse", "sparse_categorical_crossentropy"], optimizer="rmsprop")


def nested():
    x, inner = Input([5], name="x"), Input([8], name="inner")
    head = Model(inner, layers.Dense(8, activation="relu")(layers.Dense(6)(inner)), name="head")
    block = Sequential([Input([5]), layers.Dense(8), layers.BatchNormalization()], name="block")
    y = layers.Dense(3, activation="softmax")(head(head(block(x))))
    return compiled(Model(x, y), optimizer="adamw", metrics=["accuracy"])


def attention():
    x = Input([6, 8], name="tokens")
    y = layers.LayerNormalization()(layers.Add()([x, layers.MultiHeadAttention(2, 4)(x, x)]))
    y = layers.Dense(3, activation="softmax")(layers.GlobalAveragePooling1D()(y))
    return compiled(Model(x, y))


def wrapped():
    """Layers whose variables are where others have none, or integers; and one without the arguments of all others."""
    numbers = np.random.default_rng(0).normal(3.0, 2.0, (50, 5)).astype("float32")
    known, bins = layers.Normalization(), layers.Discretization(num_bins=4)
    known.adapt(numbers)
    bins.adapt(numbers)
    x = Input([6, 5])
    y = layers.SpectralNormalization(layers.Conv1D(4, 3))(layers.SpatialDropout1D(0.0)(known(x)))
    y = layers.Concatenate()([layers.Flatten()(y), layers.Flatten()(layers.Embedding(4, 2)(bins(x)))])
    return compiled(Model(x, layers.SpectralNormalization(layers.Dense(3, activation="softmax"))(y)))


def heads():
    """Calls with arguments by name, a mask among them."""
    x, keys = Input([6, 8], name="tokens"), Input([5], dtype="int32", name="keys")
    known = layers.Discretization([6.0])(keys)
    values = layers.Embedding(12, 8, mask_zero=True)(keys)
    values = layers.Dense(8)(layers.Concatenate()([values, layers.GRU(4, return_sequences=True)(values)]))
    y = layers.MultiHeadAttention(2, 4)(x, x, use_causal_mask=True)
    y = layers.MultiHeadAttention(2, 4)(y, value=values, key=layers.Dense(6)(values))
    y, scores = layers.MultiHeadAttention(2, 4)(y, y, return_attention_scores=True)
    y = layers.GroupQueryAttention(4, 4, 2)(y, y)
    y = layers.Concatenate()([layers.Flatten()(part) for part in (y, scores, known)])
    return compiled(Model([x, keys], layers.Dense(3, activation="softmax")(y)))


def stacked():
    """A graph in a stack: it gives one tensor, not a list of one."""
    x = Input([5])
    graph = Model(x, layers.Dense(4, activation="relu")(x), name="graph")
    return compiled(Sequential([Input([5]), graph, layers.Dense(3, activation="softmax")]))


def lengths():
    """Sentences and pictures of any size."""
    words, pictures = Input([None], dtype="int32", name="words"), Input([None, None, 2], name="pictures")
    y = layers.Embedding(12, 4, mask_zero=True)(words)
    y = layers.Bidirectional(layers.GRU(3))(layers.LSTM(4, return_sequences=True)(y))
    seen = layers.GlobalAveragePooling2D()(layers.Conv2D(3, 3, padding="same")(pictures))
    return compiled(Model([words, pictures], layers.Dense(3, activation="softmax")(layers.Concatenate()([y, seen]))))


def untrained():
    """Its optimizer has no variables yet but its counter and its rate."""
    return compiled(Sequential([Input([5]), layers.Dense(3, activation="softmax")]), optimizer="rmsprop")


ALL = {
    "sequential": sequential,
    "cnn": cnn,
    "lstm": lstm,
    "recurrent": recurrent,
    "lookup": lookup,
    "functional": functional,
    "nested": nested,
    "attention": attention,
    "wrapped": wrapped,
    "heads": heads,
    "stacked": stacked,
    "lengths": lengths,
    "untrained": untrained,
}
