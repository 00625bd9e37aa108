"""One slider, one picture: panels that know no widget, and a thin layer of ipywidgets on each."""

from began_lib.machine.handing_on import handing_on

__getattr__, __dir__ = handing_on(
    __name__,
    {
        "blur": "BlurControls BlurPanel",
        "convergence": "ConvergenceControls ConvergencePanel",
        "face": "FaceControls FacePanel",
        "gamma": "GammaControls GammaPanel",
        "interpolation": "Face InterpolationControls InterpolationPanel",
        "pixels": "PixelsControls PixelsPanel",
        "transport": "TransportControls TransportPanel",
    },
)
