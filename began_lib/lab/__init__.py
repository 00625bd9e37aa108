"""The live training under sliders, its recordings and its panel."""

from began_lib.machine.handing_on import handing_on

__getattr__ = handing_on(
    __name__,
    {
        "demonstrations": "Demonstration play main",
        "lab": "Lab",
        "panel": "LabControls",
        "pictures": "PointsPicture thinned round_up decades kept Forecast CoursePicture filmstrip",
        "recording": "Mark Frame Recording names load",
        "replay": "ReplayControls",
        "subjects": "Settings Subject Points Images grids_picture choices",
    },
)
