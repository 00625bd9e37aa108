"""Sections 4.2 and 4.6: how good pictures are, by the features of a network and without one.

    subject = of_model(shipped.load("faces-32"))
    print(score(subject, "faces", networks.load("factors"), samples=2000))

is the table of `python -m began_lib score`; `networks.NETWORKS` are the names it takes.
"""

from began_lib.machine.handing_on import handing_on

__getattr__, __dir__ = handing_on(
    __name__,
    {
        "face_detector": "find_faces",
        "features": "extract fid inception_score kid ms_ssim score_all",
        "quality": "Quality closest_pair distance_to_data diversity quality_of",
        "statistics": "rank_correlation",
        "subject": "Subject of_folder of_model",
        "table": "ScoreTable score",
    },
)
