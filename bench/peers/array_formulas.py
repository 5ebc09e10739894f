"""The formulas of array_energies.py: functions of a name and its constants that give a function of points [d, n], which
gives energies [n] and gradients [d, n].
"""
import numpy as np

from array_alanine import alanine


def phi4(_, data):
    length, coupling = data['length'], data['coupling']
    quadratic = data['massSquared'] + 4

    def energy(x):
        f = x.reshape(length, length, -1)
        near = np.empty_like(f)
        np.add(f[:-2], f[2:], out=near[1:-1])
        np.add(f[-1], f[1], out=near[0])
        np.add(f[-2], f[0], out=near[-1])
        near[:, 1:] += f[:, :-1]
        near[:, 0] += f[:, -1]
        near[:, :-1] += f[:, 1:]
        near[:, -1] += f[:, 0]
        # Every bond is met twice, from its two ends.
        cube = f * f
        if quadratic != 0:
            linear = quadratic * f
            cube *= f
            cube *= coupling
            u = np.einsum('ijn,ijn->n', f, cube + linear - near)
            g = 4 * cube + 2 * linear - 2 * near
        else:
            cube *= f
            cube *= coupling
            cube -= near
            u = np.einsum('ijn,ijn->n', f, cube)
            cube *= 4
            near *= 2
            # 4λφ³ − 2 near, of λφ³ − near.
            g = np.add(cube, near, out=cube)
        return u, g.reshape(x.shape)
    return energy


def plain_phi4(_, data):
    """As the formula reads: points first, neighbours by np.roll."""
    length, coupling = data['length'], data['coupling']
    quadratic = data['massSquared'] + 4

    def energy(x):
        f = x.T.reshape(-1, length, length)
        ahead = np.roll(f, -1, 1) + np.roll(f, -1, 2)
        squares = f * f
        u = ((quadratic + coupling * squares) * squares - 2 * f * ahead).sum((1, 2))
        g = (2 * quadratic + 4 * coupling * squares) * f - 2 * (ahead + np.roll(f, 1, 1) + np.roll(f, 1, 2))
        return u, g.reshape(x.shape[::-1]).T
    return energy


def plain_network(_, data):
    """As the formula reads: points first, then rows of data."""
    hidden, rows = data['hidden'], data['rows']
    inputs = np.array(data['inputs']).reshape(rows, -1)
    width = inputs.shape[1]
    outputs = np.array(data['outputs'])
    precision = 1 / data['noise'] ** 2
    biases = width * hidden
    outer = biases + hidden

    def energy(x):
        points = x.T
        n = len(points)
        weights, last = points[:, :biases].reshape(n, width, hidden), points[:, outer:-1]
        h = np.tanh(inputs @ weights + points[:, None, biases:outer])
        residuals = (h @ last[:, :, None])[:, :, 0] + points[:, -1:] - outputs
        u = 0.5 * precision * (residuals * residuals).sum(1) + 0.5 * (points * points).sum(1)
        slopes = precision * residuals
        back = (1 - h * h) * last[:, None] * slopes[:, :, None]
        parts = [(inputs.T @ back).reshape(n, -1), back.sum(1), (slopes[:, None] @ h)[:, 0], slopes.sum(1)[:, None]]
        return u, (np.concatenate(parts, 1) + points).T
    return energy


def network(_, data):
    hidden, rows = data['hidden'], data['rows']
    inputs = np.array(data['inputs']).reshape(rows, -1)
    width = inputs.shape[1]
    # A column of ones carries the biases; rows of data come last, where they are many.
    columns = np.ascontiguousarray(np.column_stack([inputs, np.ones(rows)]))
    across = np.ascontiguousarray(columns.T)
    outputs = np.array(data['outputs'])
    precision = 1 / data['noise'] ** 2
    biases = width * hidden
    outer = biases + hidden

    def energy(x):
        n = x.shape[1]
        points = np.ascontiguousarray(x.T)
        first = points[:, :outer].reshape(n, width + 1, hidden)
        second = points[:, outer:outer + hidden]
        h = np.matmul(first.transpose(0, 2, 1), across)
        np.tanh(h, out=h)
        residuals = np.matmul(second[:, None], h)[:, 0]
        residuals += points[:, -1:]
        residuals -= outputs
        u = 0.5 * precision * np.einsum('nr,nr->n', residuals, residuals) + 0.5 * np.einsum('nd,nd->n', points, points)
        residuals *= precision
        g = points.copy()
        g[:, -1] += residuals.sum(1)
        g[:, outer:-1] += np.matmul(h, residuals[:, :, None])[:, :, 0]
        h *= h
        np.subtract(1, h, out=h)
        h *= residuals[:, None]
        back = np.matmul(h, columns) * second[:, :, None]
        g[:, :outer] += back.transpose(0, 2, 1).reshape(n, outer)
        return u, g.T
    return energy


def radial_velocity(_, data):
    count = data['count']
    times, velocities, eigenvalues = [np.array(data[name])[:, None] for name in ('times', 'velocities', 'eigenvalues')]
    vectors = np.array(data['vectors']).reshape(count, count)
    back = np.ascontiguousarray(vectors.T)
    means, deviations = np.array(data['means'])[:, None], np.array(data['deviations'])[:, None]

    def energy(x):
        e = 1 / (1 + np.exp(-x[2]))
        periastron = x[3]
        phases = times * (2 * np.pi * np.exp(-x[0]))
        mean = phases + x[4]
        anomaly = mean + e * np.sin(mean)
        for _ in range(data['newtonSteps']):
            excess = anomaly - e * np.sin(anomaly)
            excess -= mean
            excess /= 1 - e * np.cos(anomaly)
            anomaly -= excess
        c, s = np.cos(anomaly), np.sin(anomaly)
        inverse = 1 / (1 - e * c)
        root = np.sqrt(1 - e * e)
        cosine, sine = (c - e) * inverse, root * s * inverse
        cw, sw, amplitude = np.cos(periastron), np.sin(periastron), np.exp(x[1])
        turned = cw * (cosine + e) - sw * sine
        z = vectors @ (velocities - (amplitude * turned + x[5]))
        squared = np.exp(2 * x[6])
        variances = eigenvalues + squared
        w = z / variances
        off = (x - means) / deviations
        u = 0.5 * (np.einsum('in,in->n', z, w) + np.log(variances).sum(0) + np.einsum('in,in->n', off, off))
        # The last step has converged, so that the anomaly's derivatives are those of the equation that it solves.
        slope = -(back @ w)
        down = slope * (-amplitude) * (cw * sine + sw * cosine)
        along = down * (root * inverse * inverse)
        g = off / deviations
        total = slope.sum(0)
        g[0] -= np.einsum('in,in->n', along, phases)
        g[1] += amplitude * np.einsum('in,in->n', slope, turned)
        g[2] += e * (1 - e) * (np.einsum('in,in->n', down, sine * (2 + e * cosine)) / (1 - e * e) + amplitude * cw * total)
        g[3] += down.sum(0) - amplitude * e * sw * total
        g[4] += along.sum(0)
        g[5] += total
        g[6] += squared * ((1 / variances).sum(0) - np.einsum('in,in->n', w, w))
        return u, g
    return energy


# Points are [d, n] of rows [n, d] in memory. The others have no other way of writing them than with points last.
PLAIN = {'phi4': plain_phi4, 'network': plain_network, 'radial-velocity': radial_velocity, 'alanine': alanine}
FORMULAS = {'phi4': phi4, 'network': network, 'radial-velocity': radial_velocity, 'alanine': alanine}
