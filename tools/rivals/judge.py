"""What is measured of a set of images: nothing is one number, since a single face drawn often fools most of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from began_lib.data import Dataset, to_unit_range
from began_lib.scores.face_detector import face_rate
from began_lib.scores.features import Extracted, extract, fid, kid, overlaps
from began_lib.scores.kept import extract_once
from began_lib.scores.nearest import nearest_images
from began_lib.scores.networks import FeatureNetwork
from began_lib.scores.quality import closest_pair, distance_to_data, diversity, sharpness
from began_lib.scores.sets import draw

FACES, COMPARED, NEIGHBOURS, CLOSEST = 400, 500, 100, 64  # images that each cheaper measure looks at


@dataclass(frozen=True)
class Judge:
    """Measures sets of images against one reference: training photographs that the seed draws."""

    dataset: Dataset
    network: FeatureNetwork
    count: int  # images of a set, and of the reference

    @cached_property
    def real(self) -> tuple[Tensor, Tensor]:
        """The reference and as many other training photographs, uint8."""
        return draw(self.dataset.train, (self.count, self.count), seed=0)

    @cached_property
    def reference(self) -> Extracted:
        """What the network sees of the reference."""
        return extract_once(self.network, self.real[0])

    def floors(self) -> dict[str, dict[str, object]]:
        """Rows of photographs: other ones of the training part, and of the held-out part as many as there are."""
        held_out = self.dataset.held_out
        held_out = draw(held_out, (min(self.count, len(held_out)),), seed=0)[0]  # they lie person by person
        return {"photographs": self.row(self.real[1]), "held out": self.row(held_out)}

    def row(self, pixels: Tensor) -> dict[str, object]:
        """All measures of uint8 images (N, C, S, S): scores with their 95 % intervals, and plain numbers."""
        extracted, images = extract(self.network, pixels), to_unit_range(pixels)
        scores = (fid(extracted, self.reference), kid(extracted, self.reference), *overlaps(extracted, self.reference))
        near = nearest_images(images[:NEIGHBOURS], torch.as_tensor(self.dataset.train))
        return {
            "images": len(images),
            **{score.name.split("_")[0]: [score.value, score.low, score.high] for score in scores},
            "face_rate": face_rate(images[:FACES]),
            "diversity": diversity(images[:COMPARED]),
            "closest_pair": closest_pair(images[:CLOSEST]),
            "distance_to_data": distance_to_data(images, to_unit_range(self.real[0])),
            "sharpness": sharpness(images),
            "nearest_training_image": float(near.distances[:, 0].median()),
        }
