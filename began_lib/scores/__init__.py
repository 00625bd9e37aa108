"""Sections 4.2 and 4.6: how good pictures are, by the features of a network and without one."""

from began_lib.machine.handing_on import handing_on

__getattr__ = handing_on(
    __name__,
    {
        "face_detector": "find_faces",
        "features": "extract fid inception_score kid ms_ssim score_all",
        "quality": "Quality closest_pair distance_to_data diversity quality_of",
        "statistics": "rank_correlation",
    },
)
