"""Pictures in labelled rows, to be compared down the columns: the same codes, or the same faces."""

from __future__ import annotations

from collections.abc import Mapping

from IPython.display import Image
from matplotlib.figure import Figure
from torch import Tensor

from began_lib.data.pixels import tile
from began_lib.figures.display import show_figure

__all__ = ["face_rows"]

FACE, LABEL = 0.7, 1.0  # inches of one face, 67 pixels of a page, and of what stands before the rows


def face_rows(rows: Mapping[str, Tensor], columns: int = 12, of: str = "code z") -> Image:
    """One row of faces for each label, (N, C, S, S) in [-1, 1]; what stands in one column belongs together.

    Args:
        rows: the faces of each row, by its label.
        columns: faces of a row, at most.
        of: what the faces of one column have in common, for readers who do not see it.

    Raises:
        ValueError: no rows.
    """
    if not rows:
        raise ValueError("expected at least one row of faces, found none.")
    figure = Figure(figsize=(columns * FACE + LABEL, len(rows) * FACE + 0.1))
    for axes, (label, images) in zip(figure.subplots(len(rows), 1, squeeze=False)[:, 0], rows.items(), strict=True):
        axes.imshow(tile(images[:columns], columns))
        axes.set(xticks=[], yticks=[], anchor="E")  # what is left over is for the labels
        axes.grid(False)
        axes.spines[:].set_visible(False)
        axes.set_ylabel(label, rotation=0, ha="right", va="center")
    names = "; ".join(" ".join(label.split()) for label in rows)
    return show_figure(figure, f"Rows of faces, one {of} to a column: {names}.", kind="jpeg")
