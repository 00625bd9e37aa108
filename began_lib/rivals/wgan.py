"""WGAN: Arjovsky, Chintala and Bottou 2017, arXiv 1701.07875; WGAN-GP: Gulrajani et al. 2017, arXiv 1704.00028.

    critic f:  max  E f(x) - E f(G(z))   over 1-Lipschitz f: the Wasserstein distance of the two
    G:         min  - E f(G(z))

A step here is one of the critic; G moves at every fifth (algorithm 1 of both papers). WGAN bounds the slope by clipping
every weight to [-0.01, 0.01], which bounds it by some constant; WGAN-GP asks for slope 1 between the two sets:

    + 10 E (|grad f(u)| - 1)^2,   u = e x + (1 - e) G(z),   e uniform in [0, 1]       (its equation 3)

so that its critic can have no batch norm: the penalty is of each image alone. The first difference is a measure of how
far training is, `wasserstein` in the history: the only such measure besides BEGAN's M_global that the paper knows of.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from began_lib.rivals.networks import Critic, Up
from began_lib.rivals.rival import Rival

CRITIC_STEPS = 5  # n_critic of both papers
CLIP = 0.01  # c of WGAN
PENALTY = 10.0  # lambda of WGAN-GP


def gradient_penalty(critic: nn.Module, x: Tensor, fake: Tensor, random: torch.Generator) -> Tensor:
    """E (|grad f(u)| - 1)^2 for one u between each pair of images."""
    e = torch.rand(len(x), *[1] * (x.dim() - 1), generator=random, device=x.device)
    u = (e * x + (1.0 - e) * fake).requires_grad_()
    (slope,) = torch.autograd.grad(critic(u).float().sum(), u, create_graph=True)
    return (slope.float().flatten(1).norm(dim=1) - 1.0).square().mean()


class WGAN(Rival):
    """A critic whose weights are clipped."""

    paper = "Arjovsky, Chintala and Bottou 2017, arXiv 1701.07875"
    measures = ("wasserstein", "loss_g")
    learning_rate = 5e-5
    norm = True

    def build(self) -> None:
        c = self.config
        self.critic = Critic(c.size, c.channels, c.filters, self.norm)
        self.generator = Up(c.size, c.channels, c.filters, c.latent)
        self.register_buffer("loss_g", torch.zeros(()))  # the last

    def make_optimizers(self) -> dict[str, torch.optim.Optimizer]:
        # RMSprop, since Adam's momentum was unstable where the critic moves at every step.
        return {
            name: torch.optim.RMSprop(network.parameters(), self.config.learning_rate)
            for name, network in self.named_children()
        }

    def update(self, x: Tensor) -> dict[str, Tensor]:
        with torch.no_grad(), self.autocast():
            fake = self.generator(self.codes(len(x))).float()
        distance = self.judge(x).mean() - self.judge(fake).mean()  # E f(x) - E f(G(z))
        self.descend("critic", self.constraint(x, fake) - distance)
        self.clip()
        if (self.steps_done + 1) % CRITIC_STEPS == 0:
            with self.autocast():
                drawn = self.generator(self.codes(len(x)))
            loss_g = -self.judge(drawn).mean()  # - E f(G(z))
            self.descend("generator", loss_g)
            self.loss_g.copy_(loss_g.detach())
        return {"wasserstein": distance.detach(), "loss_g": self.loss_g.clone()}

    def judge(self, images: Tensor) -> Tensor:
        """f of images, float32 (N,)."""
        with self.autocast():
            return self.critic(images).float()

    def constraint(self, x: Tensor, fake: Tensor) -> Tensor | float:
        """What is added to the critic's loss."""
        return 0.0

    def clip(self) -> None:
        """Bring every weight of the critic, batch norm's too, back into [-c, c]."""
        with torch.no_grad():
            for weight in self.critic.parameters():
                weight.clamp_(-CLIP, CLIP)


class WGANGP(WGAN):
    """A critic whose slope is penalised."""

    paper = "Gulrajani et al. 2017, arXiv 1704.00028"
    learning_rate = 1e-4
    norm = False
    penalty = PENALTY

    def make_optimizers(self) -> dict[str, torch.optim.Optimizer]:
        return {name: self.adam(network, betas=(0.5, 0.9)) for name, network in self.named_children()}

    def constraint(self, x: Tensor, fake: Tensor) -> Tensor:
        with self.autocast():
            return self.penalty * gradient_penalty(self.critic, x, fake, self.random)

    def clip(self) -> None:
        """Nothing: the penalty bounds the slope."""
