"""A short history whose M_global falls along a straight line, and pictures of some of its steps."""

import numpy as np
import torch

from began_lib.training.history import STEP_COLUMNS, History

STEPS = 400
PICTURES = {step: torch.full((16, 3, 16, 16), step / 400 - 0.5) for step in (100, 200, 400)}  # flat, darker at first


def _history() -> History:
    rows = np.zeros((STEPS, len(STEP_COLUMNS)), np.float32)
    course = np.linspace(1.0, 0.2, STEPS)
    for column, values in (("m_global", course), ("loss_real", course), ("loss_fake", course / 2), ("k", 0.25)):
        rows[:, STEP_COLUMNS.index(column)] = values
    history = History()
    history.append(rows)
    return history


HISTORY = _history()
