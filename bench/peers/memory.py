"""The most memory PyTorch holds: 40 steps of the published training on 20,000 samples, or weighted samples in chunks.

The peak comes within the first steps; the whole training holds no more.
"""
import argparse
from functools import partial

import serve

torch = serve.module('torch', 'python3-torch')
from torch import nn  # noqa: E402
from torch_flow import Flow, jeffreys_step, weighted_samples  # noqa: E402
from torch_targets import TARGETS  # noqa: E402

parser = argparse.ArgumentParser()
parser.add_argument('task', choices=['train', 'sample'])
args = parser.parse_args()
torch.set_num_threads(1)
target = TARGETS['three-well']
SAMPLES, BATCH = 20_000, 2000


def train():
    flow = Flow(target, 4, 256, 16, partial(nn.ReLU, inplace=True))
    step = jeffreys_step(flow, target, 0.5, 0.0, torch.optim.Adam(flow.parameters(), lr=1e-4, foreach=True))
    x, y = target.base(SAMPLES), torch.randn(SAMPLES, 2)
    u = target.energy(y)
    for i in range(40):
        rows = torch.randint(SAMPLES, (BATCH,))
        step(x[rows], y[rows], u[rows])


def sample():
    # In bounded memory: a chunk is written and forgotten. Its peak does not depend on their number.
    flow = Flow(target, 4, 32, 16, nn.SiLU)
    with open('/dev/null', 'wb') as file:
        def take(image, log_weights):
            file.write(image.numpy().tobytes())
            file.write(log_weights.numpy().tobytes())
        for _ in range(4):
            weighted_samples(flow, target, 65_536, 4096, take)


def once():
    {'train': train, 'sample': sample}[args.task]()
    return {'peakBytes': serve.peak_bytes()}


serve.serve(once, serve.about_torch(torch))
