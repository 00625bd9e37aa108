"""A box of widgets that leaves a picture in the notebook's file, for readers without a kernel.

A front end that is live shows the widgets. Where they cannot be shown (on GitHub, in a notebook that is not trusted, in
an editor without widgets), it falls back on the other forms of the same output: the picture, or a sentence.
For ipywidgets 7.7.1 and 8.
"""

from __future__ import annotations

import base64
from typing import Any

import ipywidgets

__all__ = ["PictureBox"]

VIEW = "application/vnd.jupyter.widget-view+json"
TEXT = "A live panel: run this cell, or `make lab`, to move its sliders."


class PictureBox(ipywidgets.VBox):
    """Widgets one below the other, among them `picture`, an `ipywidgets.Image` of JPEG."""

    picture: ipywidgets.Image
    alt = "The picture that this panel moves."  # for readers who do not see it

    _ipython_display_ = None  # that of ipywidgets 7 would send its own output, and IPython not ask for the one below

    def still_alt(self) -> str:
        """What the picture shows as it is left in the file, for readers who do not see it."""
        return self.alt

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """The output in every form, and what belongs to the picture; called by IPython once per display."""
        data = {
            VIEW: {"version_major": 2, "version_minor": 0, "model_id": self.model_id},
            "image/jpeg": base64.b64encode(self.picture.value).decode("ascii"),
            "text/plain": TEXT,
        }
        return data, {"image/jpeg": {"alt": self.still_alt(), "width": int(self.picture.width)}}
