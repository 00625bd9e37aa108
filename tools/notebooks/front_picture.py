"""Draw data/front.jpg, the README's picture: rendered faces, and samples of a shipped model beside real training data.

python -m tools.notebooks.front_picture
"""

import numpy as np
from PIL import Image

from began_lib import faces, shipped
from began_lib.data.pixels import save_picture, tile
from tools.notebooks.suite import REPOSITORY

HEIGHT = 390  # pixels, of both halves


def main() -> None:
    """Left: 4 x 4 of the faces the suite draws. Right: 4 x 4 samples of a model that ships."""
    _, drawn = faces.sample(16, seed=3, size=96)
    made = shipped.load("lfw-64").generate(16, seed=2)
    halves = []
    for images in (drawn, made):
        picture = Image.fromarray(tile(images, gap=2))
        halves.append(np.asarray(picture.resize((HEIGHT, HEIGHT), Image.Resampling.BICUBIC)))
    between = np.full((HEIGHT, 20, 3), 255, np.uint8)
    save_picture(REPOSITORY / "data" / "front.jpg", np.concatenate([halves[0], between, halves[1]], axis=1))


if __name__ == "__main__":
    main()
