"""Trained models that come with the suite: loaded by name, made of runs."""

from began_lib.machine.handing_on import handing_on

__getattr__ = handing_on(
    __name__,
    {
        "compact": "shrink restore picture_error",
        "model": "FOLDER ShippedModel homes names snapshots load read_card export",
    },
)
