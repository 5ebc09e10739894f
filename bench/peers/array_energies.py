"""Energies written on arrays, with gradients worked out by hand, in NumPy over a batch of points: the peer of `energy`.

    OPENBLAS_NUM_THREADS=1 python3 array_energies.py --name phi4-8x8 --formula phi4 --data DIR/phi4-8x8.json --chunk 80

The numbers come as DIR/NAME.json (constants) and DIR/NAME-points.f64; with DIR/NAME-energies.f64 and -gradients.f64 results
are compared before anything is timed, and must agree. Points are the last axis wherever that is faster;
with --plain phi4 and the network are written as one would at first, points first.
"""
import argparse
import json
import os
import sys

import serve

np = serve.module('numpy', 'python3-numpy')
from array_formulas import FORMULAS, PLAIN  # noqa: E402

parser = argparse.ArgumentParser()
parser.add_argument('--name', required=True)
parser.add_argument('--formula', choices=list(FORMULAS), required=True)
parser.add_argument('--data', required=True)
parser.add_argument('--chunk', type=int, default=320)
parser.add_argument('--tolerance', type=float, default=1e-8)
parser.add_argument('--plain', action='store_true')
parser.add_argument('--first', action='store_true')
args = parser.parse_args()

with open(args.data) as file:
    data = json.load(file)
directory = os.path.dirname(args.data)


def read(what):
    path = os.path.join(directory, f'{args.name}-{what}.f64')
    return np.fromfile(path) if os.path.exists(path) else None


n, d = data['points'], data['dimension']
points = read('points').reshape(n, d)
formula = (PLAIN if args.plain else FORMULAS)[args.formula]
energy = formula(args.name, data)
if formula is FORMULAS[args.formula]:
    # Coordinates first, and chunks apart: the layout that a program in NumPy would keep its points in.
    chunks = [np.ascontiguousarray(points[k:k + args.chunk].T) for k in range(0, n, args.chunk)]
else:
    chunks = [points[k:k + args.chunk].T for k in range(0, n, args.chunk)]


def once():
    for chunk in chunks:
        energy(chunk)


def difference():
    """Largest difference from ours, of energies beside 1 and of gradients beside the largest entry at their point."""
    energies, gradients = read('energies'), read('gradients')
    if energies is None or gradients is None:
        return None
    ours = gradients.reshape(n, d).T
    u, g = [np.concatenate(parts, -1) for parts in zip(*[[part.reshape(-1, chunk.shape[1]) for part in energy(chunk)] for chunk in chunks])]
    sizes = np.maximum(1, np.abs(ours).max(0))
    return max(float((np.abs(u[0] - energies) / np.maximum(1, np.abs(energies))).max()), float((np.abs(g - ours) / sizes).max()))


about = serve.about_numpy(np)
if not args.first:
    worst = difference()
    about['difference'] = 'not compared' if worst is None else f'{worst:.1e}'
    if worst is not None and not worst <= args.tolerance:
        sys.exit(f'energies or gradients of {args.name} are off by {worst:.1e}')
serve.serve(once, about)
