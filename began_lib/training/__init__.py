"""Section 4.1: a training run, its configuration, its files, its several processes."""

from began_lib.machine.handing_on import handing_on

__getattr__ = handing_on(
    __name__,
    {
        "configuration": "TrainingConfig paper profile quick",
        "run": "Diverged",
        "trainer": "Trainer",
        "history": "History",
    },
)
