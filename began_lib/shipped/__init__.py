"""Trained models that come with the suite, and those of runs: loaded by name."""

from began_lib.machine.handing_on import handing_on

__getattr__, __dir__ = handing_on(
    __name__, {"model": "FOLDER Model folders load names read_card snapshots", "network_interpolation": "blend"}
)
