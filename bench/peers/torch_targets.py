"""The two-dimensional targets, and rastrigin-8d, as differentiable PyTorch energies of points [n, d]."""
import math

import torch


def three_well(x):
    a, b = x[:, 0], x[:, 1]
    p, q = a * a - 1, b * b - 1
    return 3 * (p * p + q * q + torch.sin(a + 2 * b))


def himmelblau(x):
    a, b = x[:, 0], x[:, 1]
    p, q = a * a + b - 11, a + b * b - 7
    return 0.2 * (p * p + q * q)


def multiple_well(x):
    a, b = x[:, 0], x[:, 1]
    return 4 * torch.sin(1.1 * a) * torch.sin(b) + 0.25 * (a * a + b * b)


def annulus(x):
    r = (x * x).sum(1)
    return 10 * (r * (r - 4) ** 2 + 1) ** (1 / 3)


def periodic_well(x):
    s = torch.sin(2 * x)
    return 4 * s[:, 0] * s[:, 1] * (s[:, 1] ** 2 + 1e-30) ** 0.2


def rastrigin(dtype=torch.float32):
    i = torch.arange(8, dtype=dtype)
    basis = 0.5 * torch.cos(math.pi * (2 * i[:, None] + 1) * i / 16)
    basis[:, 0] = math.sqrt(1 / 8)

    def energy(x):
        z = x + torch.tanh(x @ basis)
        return (0.5 * z * z + 12 * torch.cos(2 * z)).sum(1)
    return energy


class Target:
    """An energy with its base N(0, σ²) (or the uniform one on a torus), its box and the ladder of the published runs."""

    def __init__(self, energy, dimension=2, sigma=1.0, box=4.0, hottest=0.1, rungs=5, torus=False, epochs=40):
        self.energy, self.dimension, self.sigma, self.box, self.hottest, self.rungs, self.torus, self.epochs = energy, dimension, sigma, box, hottest, rungs, torus, epochs

    def base(self, n):
        return (2 * torch.rand(n, self.dimension) - 1) * self.box if self.torus else self.sigma * torch.randn(n, self.dimension)

    def base_energy(self, x):
        if self.torus:
            return torch.full((len(x),), self.dimension * math.log(2 * self.box), dtype=x.dtype)
        return (x * x).sum(1) * (0.5 / self.sigma ** 2) + self.dimension * (0.5 * math.log(2 * math.pi) + math.log(self.sigma))

    def base_variance(self):
        return self.dimension * (self.box ** 2 / 3 if self.torus else self.sigma ** 2)


TARGETS = {
    'three-well': Target(three_well),
    'himmelblau': Target(himmelblau, sigma=2.0, box=6.0, hottest=0.01, rungs=6),
    'multiple-well': Target(multiple_well, sigma=2.2, box=7.0, rungs=6),
    'annulus': Target(annulus, hottest=0.2, rungs=6),
    'periodic-well': Target(periodic_well, box=math.pi, hottest=0.2, rungs=8, torus=True, epochs=100),
    'rastrigin-8d': Target(rastrigin(), dimension=8, box=6.0),
}
