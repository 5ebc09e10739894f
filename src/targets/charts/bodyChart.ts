/** The chart of particles that may be turned about the origin: see symmetry/body.ts. */
import { np, type Array as NpArray } from '../../engine/numpy.ts';
import { InputError } from '../../errors.ts';
import type { EnergyEvaluator } from '../energyEvaluator.ts';
import {
  applyRows, bodyEntries, jacobiRows, logOrientations, turnIntoBody, type BodyEntry, type Shape,
} from '../symmetry/body.ts';
import { randomRotation, turnPoint } from '../symmetry/orientation.ts';
import { defineTarget, type Target } from '../target.ts';
import type { Chart } from './chart.ts';
import { spanOf } from './span.ts';

/** Both ways between positions and body coordinates, of arrays. */
interface Body {
  readonly entries: readonly BodyEntry[];
  readonly inner: Chart['inner'];
  /** The points as the axes have them. @param x receives [n, d] @param logVolume receives [n] */
  readonly unturned: (z: Float64Array, n: number, x: Float64Array, logVolume: Float64Array) => void;
}

/**
 * @param target whose energy does not change when its particles are turned
 * @param samples of it, [n, d]: where its body coordinates lie
 * @throws InputError where it has no energy, or coordinates that cannot be turned
 */
export function bodyChart(target: Target, shape: Shape, samples: Float64Array): Chart {
  const { count, dimension: p } = shape;
  const d = count * p;
  const fail = (what: string): never => { throw new InputError(`target "${target.name}": ${what}`); };
  if (target.dimension !== d) fail(`${count} particles of ${p} coordinates are ${d}, not ${target.dimension}`);
  if (!target.hasEnergy) fail('coordinates of particles need an energy without noise');
  if (target.domain.some(({ kind }) => kind !== 'real')) fail('circles and intervals cannot be turned');
  const body = bodyOf(shape);
  const k = body.entries.length;
  const n = samples.length / d;
  const z = new Float64Array(n * k);
  body.inner(samples, n, z, new Float64Array(n));
  const definition = { name: target.name, dimension: k, settings: target.settings, observables: [], ...spanOf(z, k) };
  const inner = target.evaluator === undefined
    ? defineTarget({ ...definition, energy: energyOfBody(target, shape, body.entries) })
    : { ...defineTarget({ ...definition, energy: target.energy }), evaluator: onBody(target.evaluator, shape, body) };
  return {
    target: inner,
    inner: body.inner,
    outer(points, m, key, first, x) {
      body.unturned(points, m, x, new Float64Array(m));
      for (let i = 0; i < m; i++) turnPoint(randomRotation(p, key, first + i), p, x, i, d);
    },
  };
}

function bodyOf(shape: Shape): Body {
  const entries = bodyEntries(shape);
  const [k, d] = [entries.length, shape.count * shape.dimension];
  const rows = Float64Array.from(jacobiRows(shape.count).flat());
  const constant = logOrientations(shape);
  const volume = (z: Float64Array, i: number): number =>
    entries.reduce((sum, { power }, t) => (power === 0 ? sum : sum + power * z[i * k + t]), constant);
  return {
    entries,
    inner(x, n, z, logVolume) {
      const v = new Float64Array(d);
      for (let i = 0; i < n; i++) {
        applyRows(rows, shape, false, x, i * d, v, 0);
        turnIntoBody(shape, v);
        entries.forEach(({ entry, kind }, t) => { z[i * k + t] = kind === 'exp' ? Math.log(v[entry]) : v[entry]; });
        logVolume[i] = volume(z, i);
      }
    },
    unturned(z, n, x, logVolume) {
      const v = new Float64Array(d);
      for (let i = 0; i < n; i++) {
        entries.forEach(({ entry, kind }, t) => {
          v[entry] = kind === 'exp' ? Math.exp(z[i * k + t]) : z[i * k + t];
        });
        applyRows(rows, shape, true, v, 0, x, i * d);
        logVolume[i] = volume(z, i);
      }
    },
  };
}

/** U(x) − log volume as an array program. */
function energyOfBody(
  { energy }: Target, { count, dimension: p }: Shape, entries: readonly BodyEntry[],
): (z: NpArray) => NpArray {
  const [rows, powers] = [jacobiRows(count), entries.map(({ power }) => power)];
  const behind = Array.from({ length: count * p }, (_, entry) => entries.findIndex((own) => own.entry === entry));
  return (z) => {
    const v = np.stack(behind.map((t) => {
      if (t < 0) return z.slice(0).mul(0);
      return entries[t].kind === 'exp' ? np.exp(z.slice(t)) : z.slice(t);
    }));
    const x = np.matmul(np.array(rows).transpose(), v.reshape([count, p])).reshape([count * p]);
    const logVolume = z.mul(np.array(powers)).sum().add(logOrientations({ count, dimension: p }));
    return energy(x).sub(logVolume);
  };
}

/** The same of an energy known by its values and gradients. */
function onBody(outer: EnergyEvaluator, shape: Shape, { entries, unturned }: Body): EnergyEvaluator {
  const [k, d] = [entries.length, outer.dimension];
  const rows = Float64Array.from(jacobiRows(shape.count).flat());
  const points = (z: Float64Array, n: number): { x: Float64Array; logVolume: Float64Array } => {
    const [x, logVolume] = [new Float64Array(n * d), new Float64Array(n)];
    unturned(z, n, x, logVolume);
    return { x, logVolume };
  };
  return {
    dimension: k,
    energies(z, n, energies) {
      const { x, logVolume } = points(z, n);
      outer.energies(x, n, energies);
      for (let i = 0; i < n; i++) energies[i] -= logVolume[i];
    },
    energiesAndGradients(z, n, energies, gradients) {
      const { x, logVolume } = points(z, n);
      const [slopes, v] = [new Float64Array(n * d), new Float64Array(d)];
      outer.energiesAndGradients(x, n, energies, slopes);
      for (let i = 0; i < n; i++) {
        energies[i] -= logVolume[i];
        applyRows(rows, shape, false, slopes, i * d, v, 0);
        entries.forEach(({ entry, kind, power }, t) => {
          const scale = kind === 'exp' ? Math.exp(z[i * k + t]) : 1;
          gradients[i * k + t] = v[entry] * scale - power;
        });
      }
    },
  };
}
