"""The cells of a notebook that one of its cells needs: a slider is tested without all else that stands above it."""

import dis
import types
from collections.abc import Iterator

import nbformat


def needed_cells(notebook: nbformat.NotebookNode, start: str) -> nbformat.NotebookNode:
    """A notebook of the one code cell that begins with `start`, and those above it that define what it uses, in order.

    A name counts as defined where it is assigned or imported, not where its object is changed. Raises ValueError where
    not exactly one cell begins so.
    """
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    found = [place for place, cell in enumerate(cells) if cell.source.startswith(start)]
    if len(found) != 1:
        raise ValueError(f"{len(found)} cells begin with {start!r}: expected one")
    wanted, kept = set(), []
    for place in range(found[0], -1, -1):
        used, defined = names(cells[place].source)
        if place == found[0] or wanted & defined:
            wanted = wanted - defined | used
            kept.insert(0, nbformat.v4.new_code_cell(cells[place].source))
    return nbformat.v4.new_notebook(cells=kept, metadata=notebook.metadata)


def names(source: str) -> tuple[set[str], set[str]]:
    """The names that a cell uses before it defines them, and those that it defines."""
    used, defined = set(), set()
    for operation, name in _operations(compile(source, "<cell>", "exec")):
        if operation == "STORE_NAME":
            defined.add(name)
        elif name not in defined:
            used.add(name)
    return used, defined


def _operations(code: types.CodeType) -> Iterator[tuple[str, str]]:
    """Loads of module-level names, inside functions too where they are defined, and stores of them, in order."""
    for instruction in dis.get_instructions(code):
        if isinstance(instruction.argval, types.CodeType):
            yield from _operations(instruction.argval)
        elif instruction.opname in ("LOAD_NAME", "LOAD_GLOBAL", "STORE_NAME", "STORE_GLOBAL"):
            yield instruction.opname.replace("GLOBAL", "NAME"), instruction.argval
