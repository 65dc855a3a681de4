"""The cases of `train_bench` with PyTorch, eager, in f32: `torch_peer.py CASE [--seconds S] [--threads N] [--device cpu|cuda]`."""
import peer

options = peer.options()
import numpy
import torch
from torch import nn

torch.set_num_threads(options.threads)
torch.set_default_device(options.device)
torch.backends.cudnn.allow_tf32 = False  # as for matrix products, where this is the default
torch.manual_seed(1)


def network(name, widths):
    if name == "cnn":
        return nn.Sequential(
            nn.Unflatten(1, (1, 28, 28)),
            nn.Conv2d(1, 32, 5), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(32, 64, 5), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(1024, 64), nn.ReLU(), nn.Linear(64, 10),
        )
    layers = []
    for inputs, outputs in zip(widths, widths[1:]):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def train(name, case):
    net = network(name, case["widths"])
    adam = case["optimizer"] == "adam"
    optimizer = torch.optim.Adam(net.parameters(), 0.001, eps=1e-7) if adam else torch.optim.SGD(net.parameters(), 0.01)
    cross_entropy = nn.CrossEntropyLoss()
    x, y = peer.data(case, numpy)
    x, y = torch.from_numpy(x).to(options.device), torch.from_numpy(y).long().to(options.device)
    batches = list(zip(x.split(case["batch"]), y.split(case["batch"])))
    last = None

    def step(i):
        nonlocal last
        x, y = batches[i % len(batches)]
        optimizer.zero_grad(set_to_none=True)
        last = cross_entropy(net(x), y)
        last.backward()
        optimizer.step()

    peer.measure(step, lambda: last.item(), options.seconds)


def multiply(n):
    """A chain of products; its loss is a corner of the last one, and begins a new chain."""
    a, b = torch.randn(n, n) / n**0.5, torch.randn(n, n)
    last = b

    def step(_):
        nonlocal last
        last = a @ last

    def loss():
        nonlocal last
        corner, last = last[0, 0].item(), b
        return corner

    with torch.no_grad():
        peer.measure(step, loss, options.seconds)


if options.case.startswith("matmul-"):
    multiply(int(options.case.removeprefix("matmul-")))
else:
    train(options.case, peer.CASES[options.case])
