"""The systems that the paper holds BEGAN against, each as its own paper has it, over one protocol and one loop.

    config = configured("dcgan", data="lfw", steps=2000)
    trainer = RivalTrainer(config, open_dataset("lfw", size=32), folder="runs/dcgan")
    history = trainer.train()
    trainer.rival.generate(trainer.rival.codes(64))

A system (`rival.Rival`) has its networks, `step(x)`, which trains on one batch and says what it measured, `generate(z)`
and, where it can, `encode`, `reconstruct` and `bits`, its likelihood; asked for what it cannot do, it says so. To add
one of two players, subclass `rival.Adversarial` with `build`, `loss_d` and `loss_g`, and name it in `systems.SYSTEMS`.
`load_run` reads a run's folder; `trained.load` one that ships, by name.

What all have in common and their papers have not: codes z of 64 numbers, batches of 64 images (the pages on which they
were trained have 64 to 128), 4x4 kernels, and generators of 64 filters at the finest scale, so that a core can train
them. `wgan` leaves out the 100 critic steps at the start that its authors' program makes and the paper's algorithm does
not; `improved-*` have neither weight normalisation nor, with batches compared, three steps of G for one of D; `ali` has
no maxout and half its depth; `dfm` denoises with three hidden layers instead of ten.

Not here: StackGAN (Zhang et al. 2016, arXiv 1612.03242), which the paper names for its 256x256 pictures, draws what a
sentence says. Its first stage is a GAN given the sentence, its second reads the sentence again to add what the first
left out; without one, two generators in a row are left, which is no system that anyone proposed. Stacked GANs (Huang et
al. 2016, arXiv 1612.04357) invert a classifier layer by layer, and need its labels. Faces come with neither.
"""

from began_lib.machine.handing_on import handing_on

__getattr__, __dir__ = handing_on(
    __name__,
    {
        "rival": "Cannot Rival RivalConfig",
        "systems": "SYSTEMS build configured",
        "trainer": "RivalTrainer load_run",
    },
)
