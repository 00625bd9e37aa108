"""One slider, one picture: panels that know no widget, and a thin layer of ipywidgets on each."""

from began_lib.machine.handing_on import handing_on

__getattr__ = handing_on(
    __name__,
    {
        "blur": "LIMIT BlurControls BlurPanel",
        "controls": "SliderControls",
        "face": "TOPICS FaceControls FacePanel topics",
        "gamma": "GammaControls GammaPanel blend goes_one_way",
        "interpolation": "Face InterpolationControls InterpolationPanel read_face uploaded_files",
        "pixels": "PixelsControls PixelsPanel",
        "transport": "RANGES START TransportControls TransportPanel",
    },
)
