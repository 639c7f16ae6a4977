"""Files that tasks read, written small: a series, a table like that of Beijing's PM2.5, images and labels."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np

from core.tasks import own_arrays

DATA = Path(__file__).parents[2] / "../shared/data"
PRSA = DATA / "PRSA_data_2010.1.1-2014.12.31.csv"
IMAGES, LABELS = DATA / "t10k-images-idx3-ubyte.gz", DATA / "t10k-labels-idx1-ubyte.gz"
AIR_COLUMNS = ("No", "pm2.5", "DEWP", "TEMP", "PRES", "cbwd", "Iws")


def idx_bytes(values: np.ndarray, kind: int = 8) -> bytes:
    """An IDX file of these unsigned bytes."""
    header = bytes([0, 0, kind, values.ndim]) + b"".join(size.to_bytes(4, "big") for size in values.shape)
    return header + values.astype(np.uint8).tobytes()


def write_series(path: Path, rows: int = 200) -> Path:
    """Three columns of numbers: pm, temperature, wind."""
    numbers = np.random.default_rng(5).normal(20.0, 9.0, (rows, 3)).tolist()
    path.write_text("pm,temperature,wind\n" + "\n".join(",".join(map(repr, row)) for row in numbers) + "\n")
    return path


def write_air(path: Path, rows: int = 200) -> Path:
    """Hours of air and weather, the first 24 without pm2.5; the wind blows on or turns."""
    random = np.random.default_rng(6)
    lines, cumulated, wind = [",".join(AIR_COLUMNS)], 0.0, ""
    for row in range(rows):
        turned = random.choice(["NE", "NW", "SE", "cv"])
        speed = round(float(random.uniform(0.5, 9.0)), 2)
        wind, cumulated = (turned, speed) if turned != wind else (wind, cumulated + speed)
        particles = "" if row < 24 or random.random() < 0.05 else int(random.uniform(1, 400))
        dew, temperature, pressure = random.normal((0.0, 12.0, 1016.0), (10.0, 10.0, 8.0)).round()
        lines.append(f"{row + 1},{particles},{dew:.0f},{temperature:.1f},{pressure:.0f},{wind},{cumulated:.2f}")
    path.write_text("\n".join(lines) + "\n")
    return path


def fields(folder: Path) -> dict[str, dict[str, str]]:
    """For each task that reads files, its fields with files of its own; nothing for the others."""
    random = np.random.default_rng(7)
    images, labels = folder / "images.gz", folder / "labels"
    images.write_bytes(gzip.compress(idx_bytes(random.integers(0, 256, (30, 64, 5)))))
    labels.write_bytes(idx_bytes(np.arange(30) % 10))
    arrays = own_arrays.Numbers(random.normal(size=(70, 8, 3)), random.normal(size=(70, 8, 2)), "squared")
    return {
        "arrays": {"arrays": own_arrays.packed(arrays)},
        "csv": {"csv_path": str(write_series(folder / "series.csv"))},
        "air-quality": {"csv_path": str(write_air(folder / "air.csv"))},
        "digits": {"image_path": str(images), "label_path": str(labels)},
    }
