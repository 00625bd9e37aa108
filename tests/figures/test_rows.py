"""Faces in labelled rows."""

import matplotlib
import pytest
import torch

from began_lib.figures.rows import FACE, LABEL, face_rows


def test_each_row_is_named_and_all_are_as_wide():
    image = face_rows({"γ =\n0.3": torch.zeros(5, 3, 16, 16), "γ = 0.7": torch.ones(5, 3, 16, 16)}, columns=4)
    assert image.metadata["alt"] == "Rows of faces, one code z to a column: γ = 0.3; γ = 0.7."
    assert image.width == round((4 * FACE + LABEL) * matplotlib.rcParams["figure.dpi"])
    assert "one face to a column" in face_rows({"x": torch.zeros(2, 3, 16, 16)}, of="face").metadata["alt"]
    with pytest.raises(ValueError, match="at least one row"):
        face_rows({})
