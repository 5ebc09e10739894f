"""One training step in PyTorch: the peer of `train-step`; with --generate, weighted samples: the peer of `generation`.

    python3 train_step.py --target three-well --layers 4 --hidden 256 --bins 16 --batch 2000 --theta 0.5 --kappa 0
"""
import argparse
from functools import partial

import serve

torch = serve.module('torch', 'python3-torch')
from torch import nn  # noqa: E402
from torch_flow import Flow, jeffreys_step, weighted_samples  # noqa: E402
from torch_targets import TARGETS  # noqa: E402

parser = argparse.ArgumentParser()
parser.add_argument('--target', choices=list(TARGETS), default='three-well')
for name, kind, value in [('layers', int, 4), ('hidden', int, 256), ('bins', int, 16), ('batch', int, 2000), ('theta', float, 0.5), ('kappa', float, 0.0),
                          ('threads', int, 1), ('generate', int, 0), ('chunk', int, 4096)]:
    parser.add_argument(f'--{name}', type=kind, default=value)
parser.add_argument('--activation', choices=['relu', 'silu'], default='relu')
args = parser.parse_args()

torch.set_num_threads(args.threads)
torch.manual_seed(0)
target = TARGETS[args.target]
flow = Flow(target, args.layers, args.hidden, args.bins, nn.SiLU if args.activation == 'silu' else partial(nn.ReLU, inplace=True))
if args.generate > 0:
    def once():
        weighted_samples(flow, target, args.generate, args.chunk)
else:
    step = jeffreys_step(flow, target, args.theta, args.kappa, torch.optim.Adam(flow.parameters(), lr=1e-4, foreach=True))
    x, y = target.base(args.batch), torch.randn(args.batch, target.dimension)
    with torch.no_grad():
        u = target.energy(y)
    once = lambda: step(x, y, u)
about = serve.about_torch(torch)
once()
serve.serve(once, about)
