"""Alanine dipeptide in NumPy, with forces by hand: positions are three arrays [22, n], steps between atoms likewise.

Forces on atoms are products with incidence matrices: of ±1 for a step from one atom to another.
"""
import numpy as np


def incidence(start, end, atoms=22):
    """[atoms, steps]: what a gradient by steps adds to the gradient by atoms."""
    matrix = np.zeros((atoms, len(start)))
    for k, (i, j) in enumerate(zip(start, end)):
        matrix[i, k] -= 1
        matrix[j, k] += 1
    return matrix


def dot(a, b):
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def cross(a, b):
    return np.stack([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])


def table(data, group):
    """Columns of a group: lists of whole numbers are indices, others stand for all points."""
    start = f'{group}.'
    columns = {key[len(start):]: value for key, value in data.items() if key.startswith(start)}
    indices = {'from', 'to', 'first', 'centre', 'last', 'pairOf'}
    return {key: np.array(value, dtype=np.intp) if key in indices else np.array(value, dtype=float)[:, None] for key, value in columns.items()}


class Steps:
    """Steps between listed atoms [3, steps, n], and how gradients by them reach the atoms."""

    def __init__(self, start, end):
        self.start, self.end = start, end
        self.matrix = incidence(start, end)

    def of(self, p):
        return p.take(self.end, 1) - p.take(self.start, 1)

    def add(self, forces, gradient):
        forces += np.matmul(self.matrix, gradient)


def bonds(data):
    b = table(data, 'bonds')
    steps = Steps(b['from'], b['to'])

    def energy(p, g):
        s = steps.of(p)
        r = np.sqrt(dot(s, s))
        stretch = r - b['length']
        pull = b['strength'] * stretch
        steps.add(g, s * (2 * pull / r))
        return np.einsum('in,in->n', pull, stretch)
    return energy


def angles(data):
    t = table(data, 'angles')
    count = len(t['first'])
    steps = Steps(np.concatenate([t['centre'], t['centre']]), np.concatenate([t['first'], t['last']]))

    def energy(p, g):
        s = steps.of(p)
        a, b = s[:, :count], s[:, count:]
        aa, bb = 1 / dot(a, a), 1 / dot(b, b)
        both = np.sqrt(aa * bb)
        cosine = dot(a, b) * both
        bend = np.arccos(cosine) - t['angle']
        pull = t['strength'] * bend
        slope = -2 * pull / np.sqrt(1 - cosine * cosine)
        across, along = slope * both, slope * cosine
        steps.add(g, np.concatenate([across * b - (along * aa) * a, across * a - (along * bb) * b], 1))
        return np.einsum('in,in->n', pull, bend)
    return energy


def torsions(data):
    t = table(data, 'torsions')
    i, j, k, l = [np.array(data[f'torsions.atoms{m}'], dtype=np.intp) for m in range(4)]
    powers = [t[f'powers{m}'] for m in range(5)]
    count = len(i)
    steps = Steps(np.concatenate([i, j, k]), np.concatenate([j, k, l]))

    def energy(p, g):
        s = steps.of(p)
        before, axis, after = s[:, :count], s[:, count:2 * count], s[:, 2 * count:]
        a, b = cross(before, axis), cross(axis, after)
        aa, bb = 1 / dot(a, a), 1 / dot(b, b)
        both = np.sqrt(aa * bb)
        c = dot(a, b) * both
        u = (((powers[4] * c + powers[3]) * c + powers[2]) * c + powers[1]) * c + powers[0]
        slope = ((4 * powers[4] * c + 3 * powers[3]) * c + 2 * powers[2]) * c + powers[1]
        across, along = slope * both, slope * c
        da, db = across * b - (along * aa) * a, across * a - (along * bb) * b
        steps.add(g, np.concatenate([cross(axis, da), cross(da, before) + cross(after, db), cross(db, axis)], 1))
        return u.sum(0)
    return energy


def solvent(data):
    """Energy and its derivatives by the squares of the pairs' distances: both already divided into a common factor."""
    b, pairs = table(data, 'born'), table(data, 'pairs')
    start, end = pairs['from'], pairs['to']
    own = b['offset'][:, None]
    screened = b['screened'].reshape(22, 21, 1)
    squares = screened * screened
    touching = np.abs(incidence(start, end))
    # Where in the rows of an atom its partner stands, for both ends of every pair.
    place = {int(pair) + 231 * (k // 21 == end[pair]): k for k, pair in enumerate(b['pairOf'])}
    here, there = [np.array([place[pair + 231 * side] for pair in range(231)], dtype=np.intp) for side in (0, 1)]
    first, second, third = data['born.obc']

    def energy(squared, distances):
        r = distances.take(b['pairOf'], 0).reshape(22, 21, -1)
        inverse = 1 / r
        apart = r - screened
        inner = np.abs(apart)
        upper = 1 / (r + screened)
        lower = 1 / np.maximum(own, inner)
        difference = upper * upper - lower * lower
        sixteenth = squares * inverse
        reach = r - sixteenth
        logarithm = np.log(upper / lower) * inverse
        total = (lower - upper + 0.25 * (reach * difference) + 0.5 * logarithm).sum(1)
        psi = 0.5 * b['offset'] * total
        t = np.tanh(psi * (first + psi * (psi * third - second)))
        born = 1 / (1 / b['offset'] - t / b['radii'])
        by_psi = born * born * (1 - t * t) * (first + psi * (3 * third * psi - 2 * second)) / b['radii']
        product = born.take(start, 0) * born.take(end, 0)
        ratio = 0.25 * squared / product
        screening = np.exp(-ratio)
        f = 1 / (squared + product * screening)
        part = b['pairCharges'] * np.sqrt(f)
        ratios = b['radii'] / born
        surface = b['surface'] * (ratios * ratios * ratios) ** 2
        own_part = b['selfCharges'] / born
        u = part.sum(0) + own_part.sum(0) + surface.sum(0)
        half = -0.5 * part * f
        by_squared = half * (1 - 0.25 * screening)
        by_born = (touching @ (half * screening * (1 + ratio) * product) - own_part - 6 * surface) / born
        by_integral = 0.5 * (by_born * by_psi * b['offset'])[:, None]
        by_lower = 1 - 0.5 * (reach * lower + inverse / lower)
        by_upper = 0.5 * (reach * upper + inverse / upper) - 1
        by_r = 0.25 * (1 + sixteenth * inverse) * difference - 0.5 * logarithm * inverse - by_upper * upper * upper
        by_r -= np.where(inner > own, np.sign(apart) * by_lower * lower * lower, 0)
        rows = (by_r * by_integral).reshape(462, -1)
        return u, by_squared + 0.5 * (rows.take(here, 0) + rows.take(there, 0)) / distances
    return energy


def alanine(name, data):
    pairs = table(data, 'pairs')
    in_water = not name.endswith('vacuum')
    # In vacuum pairs of atoms that are bonded closely need not be looked at.
    kept = np.arange(231) if in_water else np.flatnonzero((pairs['charges'][:, 0] != 0) | (pairs['depths'][:, 0] != 0))
    sizes, depths, charges = [pairs[key][kept] for key in ('sizes', 'depths', 'charges')]
    steps = Steps(pairs['from'][kept], pairs['to'][kept])
    bonded = [bonds(data), angles(data), torsions(data)]
    water = solvent(data) if in_water else None

    def energy(x):
        p = np.ascontiguousarray(x.reshape(22, 3, -1).transpose(1, 0, 2))
        g = np.zeros_like(p)
        u = sum(part(p, g) for part in bonded)
        s = steps.of(p)
        squared = dot(s, s)
        inverse = 1 / squared
        scaled = sizes * inverse
        sixth = scaled * scaled * scaled
        twelfth = depths * sixth * sixth
        sixth *= depths
        root = np.sqrt(inverse)
        coulomb = charges * root
        u += (twelfth - sixth + coulomb).sum(0)
        slope = (3 * sixth - 6 * twelfth - 0.5 * coulomb) * inverse
        if water is not None:
            more, further = water(squared, squared * root)
            u += more
            slope += further
        slope *= 2
        s *= slope
        steps.add(g, s)
        return u, g.transpose(1, 0, 2).reshape(x.shape)
    return energy
