"""What is copied elsewhere and pasted into a matrix."""

import numpy as np
import pytest

from explorer.style.pasted import cells_of

MATRIX = [[1.0, -2.5], [3.0, 4.0]]


@pytest.mark.parametrize(
    "text",
    [
        "1\t-2.5\n3\t4\n",
        "1;-2,5\n3;4",
        "1 −2.5\n3 4",
        "[[1, -2.5], [3, 4]]",
        "[[1, -2.5],\n [3, 4]]",
        "W = [[1, -2.5], [3, 4]]",
        "((1, -2.5), (3, 4))".replace("(", "[").replace(")", "]"),
        repr(np.array(MATRIX)),
        repr(np.array(MATRIX, dtype=np.float32)),
        str(np.array(MATRIX)),
        "tensor([[ 1.0000, -2.5000],\n        [ 3.0000,  4.0000]], requires_grad=True)",
        "Wh = np.array([[1., -2.5], [3., 4.]])",
    ],
)
def test_a_matrix_is_the_same_however_it_was_written(text):
    assert cells_of(text, 16) == MATRIX


def test_vectors_are_a_row_or_a_column():
    assert cells_of("[1, 2, 3]", 16) == [[1.0, 2.0, 3.0]]
    assert cells_of("[[1], [2]]", 16) == [[1.0], [2.0]]
    assert cells_of(repr(np.arange(30) / 7), 64) == [pytest.approx((np.arange(30) / 7).tolist(), abs=1e-7)]


@pytest.mark.parametrize("text", ["", "[[1, 2], [3]]", "[[[1, 2]]]", "[[1, 2]", "[[1, a]]", "[]", "1 2\n3"])
def test_anything_else_is_one_sentence(text):
    with pytest.raises(ValueError) as error:
        cells_of(text, 16)
    assert str(error.value).endswith(".")
