"""The published recipe in PyTorch from a cold process until fresh samples reach each goal, in percent of ESS.

20,000 samples by MALA and parallel tempering, 4×256×16 with ReLU, Adam at 1e-4, batches of 2000 + 2000, θ = 0.5 weighted
by the traces of the covariances; after the published 40 epochs it goes on as before, until the goals or the limit.
ESS of 8192 fresh base samples after every epoch, as in our own runs. Prints one JSON object; times are of the epoch.
"""
import argparse
import math
import time
from functools import partial

start = time.time()
import serve  # noqa: E402

torch = serve.module('torch', 'python3-torch')
from torch import nn  # noqa: E402
from torch_flow import Flow, ess, jeffreys_step, weighted_samples  # noqa: E402
from torch_targets import TARGETS  # noqa: E402

parser = argparse.ArgumentParser()
parser.add_argument('--target', choices=[name for name, target in TARGETS.items() if target.dimension == 2], default='three-well')
for name, kind, value in [('threads', int, 1), ('limit', float, 180.0), ('seed', int, 0)]:
    parser.add_argument(f'--{name}', type=kind, default=value)
parser.add_argument('--goals', type=float, nargs='+', default=[95, 98])
args = parser.parse_args()
torch.set_num_threads(args.threads)
torch.manual_seed(args.seed)
target = TARGETS[args.target]
SAMPLES, BATCH, LADDERS, STEPS_PER_ROUND, WARMUP = 20_000, 2000, 100, 20, 100


def tempered_samples():
    """MALA on a geometric ladder of temperatures, swapped even–odd; step sizes by rung are adapted in warm-up. Returns [n, d] and energies."""
    k = target.rungs
    beta = torch.tensor([target.hottest ** (1 - i / (k - 1)) for i in range(k)])[:, None].expand(k, LADDERS).reshape(-1)
    log_step = torch.log(0.02 / beta)

    def evaluate(x):
        x = x.detach().requires_grad_(True)
        u = target.energy(x)
        return u.detach(), torch.autograd.grad(u.sum(), x)[0]

    x = target.base(k * LADDERS)
    u, g = evaluate(x)
    kept = []
    for turn in range(WARMUP + SAMPLES // LADDERS):
        accepted = torch.zeros(k * LADDERS)
        h = torch.exp(log_step)
        width, scale = torch.sqrt(2 * h)[:, None], (torch.sqrt(h / 2) * beta)[:, None]
        for _ in range(STEPS_PER_ROUND):
            z = torch.randn_like(x)
            # The drift is cut off at four noise widths, so that a start on a steep wall comes down.
            y = x + width * (z - (scale * g).clamp(-4, 4))
            v, w = evaluate(y)
            drifts = (scale * g).clamp(-4, 4) + (scale * w).clamp(-4, 4)
            accept = beta * (u - v) + (drifts * (z - 0.5 * drifts)).sum(1) > torch.log(torch.rand_like(u))
            x, u, g = torch.where(accept[:, None], y, x), torch.where(accept, v, u), torch.where(accept[:, None], w, g)
            accepted += accept
        if turn < WARMUP:
            log_step += (2 * ((accepted / STEPS_PER_ROUND).view(k, LADDERS).mean(1) - 0.574) / math.sqrt(1 + turn / 10)).repeat_interleave(LADDERS)
        else:
            kept.append(x[-LADDERS:])
        if target.torus:
            x = x - 2 * target.box * torch.floor(x / (2 * target.box) + 0.5)
        order = torch.arange(k * LADDERS).view(k, LADDERS)
        low, high = order[turn % 2 : k - 1 : 2], order[turn % 2 + 1 :: 2]
        swap = (beta[low] - beta[high]) * (u[low] - u[high]) > torch.log(torch.rand(low.shape))
        places = order.clone()
        places[turn % 2 : k - 1 : 2], places[turn % 2 + 1 :: 2] = torch.where(swap, high, low), torch.where(swap, low, high)
        x, u, g = x[places.view(-1)], u[places.view(-1)], g[places.view(-1)]
    y = torch.cat(kept)
    if target.torus:
        y = y - 2 * target.box * torch.floor(y / (2 * target.box) + 0.5)
    return y, target.energy(y)


y, u = tempered_samples()
tempered = time.time() - start
flow = Flow(target, 4, 256, 16, partial(nn.ReLU, inplace=True))
x = target.base(SAMPLES)
step = jeffreys_step(flow, target, 0.5, 0.0, torch.optim.Adam(flow.parameters(), lr=1e-4, foreach=True), weights=(target.base_variance(), float(y.var(0).sum())))
reached = {f'{goal:g}': None for goal in args.goals}
epoch, best = 0, 0.0
while time.time() - start < args.limit and None in reached.values():
    for rows, others in zip(torch.randperm(SAMPLES).split(BATCH), torch.randperm(SAMPLES).split(BATCH)):
        step(x[others], y[rows], u[rows])
    epoch += 1
    now = ess(weighted_samples(flow, target, 8192, 8192))
    best = max(best, now)
    for goal in args.goals:
        if reached[f'{goal:g}'] is None and now >= goal / 100:
            reached[f'{goal:g}'] = 1000 * time.time()
serve.say({'about': {**serve.about_torch(torch), 'epochs': epoch, 'temperingSeconds': round(tempered, 1), 'bestEss': round(best, 4)}, 'reached': reached})
