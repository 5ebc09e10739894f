"""The same network and losses in PyTorch, written the way a careful user of it would.

Rational-quadratic spline couplings (Durkan et al. 2019), the identity outside a box, circular on a torus; both
divergences of the Jeffreys loss, the ratio variation, gradient clipping and Adam. Coordinates of even and odd index are
kept apart, so that no layer gathers or scatters columns.
"""
import math

import torch
from torch import nn
import torch.nn.functional as F

MINIMUM_BIN = 1e-3
MINIMUM_SLOPE = 1e-3
UNIT_SLOPE = math.log(math.exp(1 - MINIMUM_SLOPE) - 1)


def spline(u, raw, bins, inverse, circle):
    """u in [0, 1], shape [B, n]; raw [B, n, 3K - 1] (3K on a circle). Returns the image and log|derivative| of the map applied."""
    sizes = MINIMUM_BIN + (1 - MINIMUM_BIN * bins) * F.softmax(raw[..., : 2 * bins].unflatten(-1, (2, bins)), -1)
    slopes = MINIMUM_SLOPE + F.softplus(raw[..., 2 * bins :] + UNIT_SLOPE)
    slopes = torch.cat([slopes, slopes[..., :1]], -1) if circle else F.pad(slopes, (1, 1), value=1.0)
    knots = F.pad(torch.cumsum(sizes, -1), (1, 0))
    own = knots[..., 1 if inverse else 0, 1:-1].detach()
    k = (u[..., None] >= own).sum(-1, keepdim=True)
    pair = k[..., None, :].expand(*k.shape[:-1], 2, 1)
    corner, size = knots.gather(-1, pair)[..., 0], sizes.gather(-1, pair)[..., 0]
    x0, y0, w, h = corner[..., 0], corner[..., 1], size[..., 0], size[..., 1]
    ends = slopes.gather(-1, torch.cat([k, k + 1], -1))
    d0, d1 = ends[..., 0], ends[..., 1]
    s = h / w
    bend = d0 + d1 - 2 * s
    if inverse:
        rise = u - y0
        a = h * (s - d0) + rise * bend
        b = h * d0 - rise * bend
        c = -s * rise
        xi = 2 * c / (-b - torch.sqrt(torch.clamp(b * b - 4 * a * c, min=0)))
    else:
        xi = (u - x0) / w
    eta = 1 - xi
    product = xi * eta
    below = s + bend * product
    log_slope = torch.log(s * s * (d1 * xi * xi + 2 * s * product + d0 * eta * eta) / (below * below))
    if inverse:
        return x0 + xi * w, -log_slope
    return y0 + h * (s * xi * xi + d0 * product) / below, log_slope


class Flow(nn.Module):
    def __init__(self, target, layers, hidden, bins, activation):
        super().__init__()
        self.bins, self.low, self.range, self.circle = bins, -target.box, 2 * target.box, target.torus
        halves = [(target.dimension + 1) // 2, target.dimension // 2]
        self.nets = nn.ModuleList()
        for layer in range(layers):
            seen = halves[1 - layer % 2] * (2 if self.circle else 1)
            net = nn.Sequential(nn.Linear(seen, hidden), activation(), nn.Linear(hidden, hidden), activation(),
                                nn.Linear(hidden, halves[layer % 2] * (3 * bins if self.circle else 3 * bins - 1)))
            nn.init.zeros_(net[4].weight)
            nn.init.zeros_(net[4].bias)
            self.nets.append(net)

    def forward(self, x, inverse=False):
        halves = [x[:, 0::2], x[:, 1::2]]
        gain = 0
        for layer in reversed(range(len(self.nets))) if inverse else range(len(self.nets)):
            moving, other = halves[layer % 2], halves[1 - layer % 2]
            if self.circle:
                angle = other * (2 * math.pi / self.range)
                features = torch.cat([torch.cos(angle), torch.sin(angle)], 1)
            else:
                features = other * (4 / self.range)
            raw = self.nets[layer](features).view(*moving.shape, -1)
            u = (moving - self.low) / self.range
            inside = u.clamp(0, 1)
            image, log_slope = spline(inside, raw, self.bins, inverse, self.circle)
            halves[layer % 2] = (image + u - inside) * self.range + self.low
            gain = gain + (log_slope[:, 0] if log_slope.shape[1] == 1 else log_slope.sum(1))
        even, odd = halves
        return torch.stack([even, odd], 2).flatten(1) if even.shape == odd.shape else torch.cat([even, odd], 1), gain


def jeffreys_step(flow, target, theta, kappa, optimiser, clip=10.0, weights=(1.0, 1.0)):
    """A function of base samples x, target samples y and their energies: one step of training."""
    parameters = list(flow.parameters())

    def step(x, y, energy_of_y):
        optimiser.zero_grad(set_to_none=True)
        loss = 0
        if theta > 0:
            image, gain = flow(x)
            loss = loss + theta * weights[0] * (target.energy(image) - target.base_energy(x) - gain).mean()
        if theta < 1 or kappa > 0:
            image, gain = flow(y, inverse=True)
            z = target.base_energy(image) - energy_of_y - gain
            if theta < 1:
                loss = loss + (1 - theta) * weights[1] * z.mean()
            if kappa > 0:
                loss = loss + kappa * (z - z.roll(1)).abs().mean()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, clip)
        optimiser.step()

    return step


@torch.no_grad()
def weighted_samples(flow, target, n, chunk, take=None):
    """n fresh samples, chunk by chunk, with log-weights in float64; `take` receives each chunk. Returns the log-weights."""
    pieces = []
    for start in range(0, n, chunk):
        x = target.base(min(chunk, n - start))
        image, gain = flow(x)
        log_weights = (target.base_energy(x) + gain).double() - target.energy(image.double())
        pieces.append(log_weights)
        if take is not None:
            take(image, log_weights)
    return torch.cat(pieces)


def ess(log_weights):
    w = torch.exp(log_weights - log_weights.max())
    return float(w.sum() ** 2 / (w * w).sum() / len(w))
