"""Words and letters as one-hot vectors."""

import numpy as np


def one_hot(codes: np.ndarray, count: int) -> np.ndarray:
    """Return codes, (…) of 0 … count − 1, as (…, count) of zeros and ones; a negative code becomes all zeros."""
    hot = np.zeros((*codes.shape, count))
    np.put_along_axis(hot, np.maximum(codes, 0)[..., np.newaxis], (codes >= 0)[..., np.newaxis], axis=-1)
    return hot
