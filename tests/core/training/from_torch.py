"""Writes from_torch.json: where torch.optim's optimizers and schedules are after each of 50 updates. PyTorch is no
dependency of the program; with any Python that has it and NumPy, from the project's folder:

    python tests/core/training/from_torch.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

UPDATES, SIZE, RATE = 50, 7, 0.05
CASES = {
    "sgd": ("SGD", {}),
    "sgd with momentum": ("SGD", {"momentum": 0.9}),
    "rmsprop": ("RMSprop", {}),
    "rmsprop with momentum": ("RMSprop", {"alpha": 0.9, "momentum": 0.8, "eps": 1e-4}),
    "adam": ("Adam", {}),
    "adam with other choices": ("Adam", {"betas": (0.8, 0.95), "eps": 1e-4}),
}
SCHEDULES = {
    "constant": ("ConstantLR", {"factor": 1.0}),
    "step": ("StepLR", {"step_size": 8, "gamma": 0.5}),
    "cosine": ("CosineAnnealingLR", {"T_max": UPDATES, "eta_min": 0.1 * RATE}),
}


def gradients() -> list[list[float]]:
    """Numbers that every machine has alike: products of small whole numbers, (UPDATES, SIZE), one entry always 0."""
    return [[((37 * k + 11 * j * j) % 19 - 9) / 8.0 * (j > 0) for j in range(SIZE)] for k in range(UPDATES)]


def first_parameters() -> list[float]:
    return [0.25 * j - 0.75 for j in range(SIZE)]


def main() -> None:
    import torch  # pyright: ignore[reportMissingImports]

    found: dict[str, Any] = {"torch": torch.__version__, "parameters": {}, "rates": {}}
    for case, (kind, options) in CASES.items():
        tensor = torch.tensor(first_parameters(), dtype=torch.float64, requires_grad=True)
        optimizer = getattr(torch.optim, kind)([tensor], lr=RATE, **options)
        rows = []
        for gradient in gradients():
            tensor.grad = torch.tensor(gradient, dtype=torch.float64)
            optimizer.step()
            rows.append(tensor.tolist())
        found["parameters"][case] = rows
    for name, (kind, options) in SCHEDULES.items():
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=RATE)
        schedule = getattr(torch.optim.lr_scheduler, kind)(optimizer, **options)
        rates = []
        for _ in range(UPDATES):
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            schedule.step()
        found["rates"][name] = rates
    path = Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(found).replace("], ", "],\n") + "\n")


if __name__ == "__main__":
    main()
