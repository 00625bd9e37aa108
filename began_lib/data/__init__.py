"""Images for training: named data sets or a folder of your own pictures, and random batches of them.

>>> dataset = open_dataset("lfw", size=64)
>>> batches = Batches(dataset.train, batch_size=16, seed=0)
>>> batches.at(0).shape
torch.Size([16, 3, 64, 64])
"""

from began_lib.data.batches import Batches, epoch_order, held_out_batches
from began_lib.data.dataset import Dataset, open_dataset
from began_lib.data.pictures import PictureError, Skipped
from began_lib.data.pixels import to_uint8, to_unit_range

__all__ = [
    "Batches",
    "Dataset",
    "PictureError",
    "Skipped",
    "epoch_order",
    "held_out_batches",
    "open_dataset",
    "to_uint8",
    "to_unit_range",
]
