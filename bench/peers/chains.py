"""MALA and parallel tempering in PyTorch or NumPy: the peers of the cases `mala` and `pt`.

    python3 chains.py torch --target three-well --chains 4096 --steps 20 --step-size 0.03 --precision float64
    python3 chains.py numpy --target gmm-3d --rungs 8        rounds of tempering: --steps steps, then swaps

Plain MALA (Roberts & Tweedie 1996) for all chains at once, gradients by hand, no autograd; swaps even–odd. With
`--check`, energies and gradients of the points on stdin (a JSON list [n][d]) are printed instead.
"""
import argparse
import json
import math
import sys

import serve
from energies import DIMENSIONS, ENERGIES, starts

parser = argparse.ArgumentParser()
parser.add_argument('library', choices=['torch', 'numpy'])
parser.add_argument('--target', choices=list(ENERGIES), default='three-well')
parser.add_argument('--precision', choices=['float32', 'float64'], default='float64')
for name, kind, value in [('chains', int, 4096), ('steps', int, 20), ('step-size', float, 0.03), ('threads', int, 1), ('processes', int, 1), ('rungs', int, 1), ('hottest', float, 0.1)]:
    parser.add_argument(f'--{name}', type=kind, default=value)
parser.add_argument('--check', action='store_true')
args = parser.parse_args()

if args.library == 'torch':
    xp = serve.module('torch', 'python3-torch')
    xp.set_num_threads(args.threads)
    xp.set_grad_enabled(False)
    dtype = getattr(xp, args.precision)
    array = lambda values: xp.tensor(values, dtype=dtype)
    about = serve.about_torch(xp)
else:
    xp = serve.module('numpy', 'python3-numpy')
    dtype = getattr(xp, args.precision)
    array = lambda values: xp.asarray(values, dtype=dtype)
    about = serve.about_numpy(xp)


def noise(seed):
    """Functions that draw standard normals [d, n], and logarithms of uniforms."""
    if args.library == 'numpy':
        rng = xp.random.Generator(xp.random.SFC64(seed))
        return (lambda d, n: rng.standard_normal((d, n), dtype=dtype)), (lambda *shape: -rng.standard_exponential(shape, dtype=dtype))
    xp.manual_seed(seed)

    def box_muller(d, n):
        pairs = (d + 1) // 2
        radius = xp.rand(pairs, n, dtype=dtype).neg_().log1p_().mul_(-2).sqrt_()
        angle = xp.rand(pairs, n, dtype=dtype).mul_(2 * math.pi)
        return xp.cat([radius * xp.cos(angle), radius * xp.sin(angle)])[:d]

    # torch.randn is vectorised in float32 only.
    normals = (lambda d, n: xp.randn(d, n)) if args.precision == 'float32' else box_muller
    return normals, (lambda *shape: xp.rand(*shape, dtype=dtype).log_())


class Chains:
    """All chains, [d, n]; with rungs, chain k * ladders + l is rung k of ladder l."""

    def __init__(self, k):
        self.normals, self.log_uniforms = noise(1 + k)
        n = args.chains // args.processes
        self.rungs, self.ladders = args.rungs, n // args.rungs
        n = self.rungs * self.ladders
        self.energy = ENERGIES[args.target](xp, array)
        self.x = array(starts(args.target, n)) + 0.1 * self.normals(DIMENSIONS[args.target], n)
        self.u, self.g = self.energy(self.x)
        ladder = [args.hottest ** (1 - k / (self.rungs - 1)) for k in range(self.rungs)] if self.rungs > 1 else [1.0]
        self.ladder = array([[beta] for beta in ladder])
        betas = array([beta for beta in ladder for _ in range(self.ladders)])
        # A step that suits a well suits the tempered well too when it grows with the temperature.
        h = args.step_size / betas
        self.width, self.scale, self.drift, self.beta = xp.sqrt(2 * h), xp.sqrt(0.5 * h) * betas, h * betas, betas
        if self.rungs == 1:
            self.width, self.scale, self.drift, self.beta = math.sqrt(2 * args.step_size), math.sqrt(0.5 * args.step_size), args.step_size, 1.0
        self.round = 0
        self.accepted = 0.0

    def step(self):
        x, u, g = self.x, self.u, self.g
        d, n = x.shape
        z = self.normals(d, n)
        y = x - self.drift * g + self.width * z
        v, w = self.energy(y)
        drifts = self.scale * (g + w)
        # log of the Metropolis–Hastings ratio, the proposal's part in units of the noise.
        log_ratio = self.beta * (u - v) + (drifts * (z - 0.5 * drifts)).sum(0)
        accept = log_ratio > self.log_uniforms(n)
        self.x, self.u, self.g = xp.where(accept, y, x), xp.where(accept, v, u), xp.where(accept, w, g)
        self.last = accept

    def swap(self):
        k, l = self.rungs, self.ladders
        d = len(self.x)
        x, u, g = self.x.reshape(d, k, l), self.u.reshape(k, l), self.g.reshape(d, k, l)
        first = self.round % 2
        a, b = slice(first, k - 1, 2), slice(first + 1, k, 2)
        accept = (self.ladder[a] - self.ladder[b]) * (u[a] - u[b]) > self.log_uniforms(len(range(first, k - 1, 2)), l)
        for whole, lower, upper in [(u, u[a], u[b]), (x, x[:, a], x[:, b]), (g, g[:, a], g[:, b])]:
            low, high = xp.where(accept, upper, lower), xp.where(accept, lower, upper)
            whole[..., a, :], whole[..., b, :] = low, high
        self.round += 1

    def once(self):
        for _ in range(args.steps):
            self.step()
        if self.rungs > 1:
            self.swap()
        if args.target == 'solvated-16d':
            self.x[:2] -= 2 * math.pi * xp.floor(self.x[:2] / (2 * math.pi) + 0.5)

    def figures(self, rounds=50):
        """Acceptance rate and mean energy of the coldest chains: that it samples what it should."""
        accepted, energy = 0.0, 0.0
        for _ in range(rounds):
            self.once()
            accepted += float(self.last.sum()) / len(self.last) / rounds
            energy += float(self.u[-self.ladders:].sum()) / self.ladders / rounds
        return {'acceptance': round(accepted, 3), 'meanEnergy': round(energy, 4)}


if args.check:
    u, g = ENERGIES[args.target](xp, array)(array(list(map(list, zip(*json.loads(sys.stdin.readline()))))))
    serve.say({'energies': [float(value) for value in u], 'gradients': [[float(value) for value in row] for row in zip(*g)]})
    sys.exit(0)

about.update(Chains(99).figures(20))
if args.processes > 1:
    about['processes'] = args.processes
serve.serve(serve.spread(lambda k: Chains(k).once, args.processes), about)
