"""Energies with their gradients worked out by hand, over all chains at once: `xp` is numpy or torch, x has shape [d, n].

Coordinates come first, so that every row is contiguous: the faster layout for both.
"""
import math

GAUSSIANS = [((6, 0, 0), (.3, .3, .8), (0, 0, 0)), ((-6, 0, 0), (.3, .8, .3), (45, 45, 0)), ((0, 6, 0), (.8, .3, .3), (30, 0, 0)),
             ((0, -6, 0), (.3, .6, .6), (90, 45, 0)), ((0, 0, 6), (.4, .4, .4), (15, 15, 15)), ((0, 0, -6), (.25, .8, .25), (60, 0, -60))]
ALPHA = [2 + 2 * k / 13 for k in range(14)]
DIMENSIONS = {'three-well': 2, 'gmm-3d': 3, 'solvated-16d': 16}


def rotation(a, b, c):
    (ca, cb, cc), (sa, sb, sc) = zip(*[(math.cos(math.radians(t)), math.sin(math.radians(t))) for t in (a, b, c)])
    return [[ca * cb, ca * sb * sc - sa * cc, ca * sb * cc + sa * sc], [sa * cb, sa * sb * sc + ca * cc, sa * sb * cc - ca * sc], [-sb, cb * sc, cb * cc]]


def three_well(xp, array):
    def energy(x):
        a, b = x[0], x[1]
        p, q, s = a * a - 1, b * b - 1, a + 2 * b
        c = xp.cos(s)
        g = xp.empty_like(x)
        g[0] = 12 * a * p + 3 * c
        g[1] = 12 * b * q + 6 * c
        return 3 * (p * p + q * q + xp.sin(s)), g
    return energy


def gmm_3d(xp, array):
    rows, offsets, logs = [], [], []
    for mean, sigmas, angles in GAUSSIANS:
        axes = rotation(*angles)
        for i, sigma in enumerate(sigmas):
            row = [axes[j][i] / sigma for j in range(3)]
            rows.append(row)
            offsets.append([sum(r * m for r, m in zip(row, mean))])
        logs.append([-math.log(6) - 1.5 * math.log(2 * math.pi) - sum(map(math.log, sigmas))])
    whiten, offset, log_weights = array(rows), array(offsets), array(logs)
    back = array(list(map(list, zip(*rows))))

    def energy(x):
        n = x.shape[1]
        v = (whiten @ x - offset).reshape(6, 3, n)
        l = log_weights - 0.5 * (v * v).sum(1)
        m = xp.amax(l, 0)
        e = xp.exp(l - m)
        s = e.sum(0)
        v = v * (e / s)[:, None]
        return -(m + xp.log(s)), back @ v.reshape(18, n)
    return energy


def solvated_16d(xp, array):
    alpha = array(ALPHA)

    def energy(x):
        a, b = x[0], x[1]
        sa, sb = xp.sin(a), xp.sin(b)
        strain = x[2:] - alpha[:, None] * (sa * sb)
        pull = -30 * (alpha @ strain)
        g = xp.empty_like(x)
        g[0] = pull * xp.cos(a) * sb - 8 * xp.sin(4 * a)
        g[1] = pull * sa * xp.cos(b) - 8 * xp.sin(4 * b)
        g[2:] = 30 * strain
        return 2 * (xp.cos(4 * a) + xp.cos(4 * b)) + 15 * (strain * strain).sum(0), g
    return energy


ENERGIES = {'three-well': three_well, 'gmm-3d': gmm_3d, 'solvated-16d': solvated_16d}


def starts(name, chains):
    """Coordinates [d][n] of points in the wells, to which noise is added."""
    if name == 'three-well':
        return [[1 - 2 * (i % 2) for i in range(chains)], [1 - 2 * (i // 2 % 2) for i in range(chains)]]
    if name == 'gmm-3d':
        return [[GAUSSIANS[i % 6][0][j] for i in range(chains)] for j in range(3)]
    angles = [[(2 * (i // 4 ** k % 4) - 3) * math.pi / 4 for i in range(chains)] for k in range(2)]
    lead = [math.sin(a) * math.sin(b) for a, b in zip(*angles)]
    return angles + [[alpha * value for value in lead] for alpha in ALPHA]
