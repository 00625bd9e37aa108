"""A panel's picture, read back."""

import io

import numpy as np
from PIL import Image


def pixels(jpeg: bytes) -> np.ndarray:
    """(H, W, 3), signed, so that differences are what they should be."""
    return np.asarray(Image.open(io.BytesIO(jpeg)), dtype=np.int16)
