"""The one way a page or the terminal shows a table: numbers with their formats, as text in a DataFrame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

__all__ = ["table"]

NOTHING = "-"  # in a cell without a value


def table(
    rows: pd.DataFrame | Mapping[str, Mapping[str, Any]] | Sequence[Mapping[str, Any]],
    formats: Mapping[str, str] | str = "",
) -> pd.DataFrame:
    """Rows as they are shown: as they stand at the end of a cell, with `.to_string()` in the terminal.

    On a page at most seven columns have room.

    Args:
        rows: a DataFrame; or rows by their names, or without, each {column: value}.
        formats: of the numbers, as in an f-string: by column, or one for all. {"parameters": ",", "share": ".0%"}

    Returns:
        A DataFrame of text; "-" where there is no value.
    """
    if isinstance(rows, Mapping):
        frame = pd.DataFrame(list(rows.values()), index=list(rows), dtype=object)
    else:
        frame = pd.DataFrame(rows, dtype=object)
    by_column = dict.fromkeys(frame.columns, formats) if isinstance(formats, str) else formats
    return pd.DataFrame(
        {name: [_cell(value, by_column.get(name, "")) for value in frame[name]] for name in frame}, frame.index
    )


def _cell(value: Any, form: str) -> str:
    if isinstance(value, str):
        return value
    return NOTHING if value is None or value != value else format(value, form)
