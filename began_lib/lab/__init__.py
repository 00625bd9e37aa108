"""The live training under sliders, its recordings and its panel."""

from began_lib.machine.handing_on import handing_on

__getattr__, __dir__ = handing_on(
    __name__,
    {
        "lab": "GOOD Lab",
        "panel": "LabControls",
        "pictures": "filmstrip",
        "recording": "Recording",
        "replay": "ReplayControls",
        "subjects": "Images Points Settings choices",
    },
)
