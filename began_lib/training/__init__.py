"""Section 4.1: a training run, its configuration, its files, its several processes, and variants of the objective."""

from began_lib.machine.handing_on import handing_on

__getattr__, __dir__ = handing_on(
    __name__,
    {
        "configuration": "TrainingConfig paper profile quick",
        "run": "Diverged Run",
        "trainer": "Trainer",
        "history": "History",
    },
)
