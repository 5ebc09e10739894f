/** Masses of modes by quadrature: cells of one mode are integrated whole, cells that a border crosses are split. */
import { InputError } from '../errors.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';
import { checkEnergy, type DensityBox } from './densityBox.ts';
import { integerPower } from './power.ts';
import { gaussLegendre } from './quadratureRules.ts';

/** Modes of a space: `assign` gives a point's mode in [0, count), or −1 for none. The point is a reused buffer. */
export interface ModePartition {
  readonly count: number;
  readonly assign: (x: Float64Array) => number;
}

export interface ModeQuadrature {
  /** log ∫ exp(−U) by this rule, in nats: to compare with a finer one. */
  readonly logZ: number;
  /** Share of the total mass per mode. shape [count] */
  readonly masses: Float64Array;
  /** Half the mass of the cells that a mode's border still crosses at the end. shape [count] */
  readonly errors: Float64Array;
}

const CELLS = 64;
const ORDER = 4;
/** Points a run of the refinement may evaluate; reached only by long borders through high density. */
const BUDGET = 3_000_000;
const BATCH = 512;

/**
 * Splits crossed cells until their mass is below 1e-6 of the total (d = 1: 1e-12) or the budget is spent.
 * @param box from {@link expandBox}
 * @throws InputError if a label is out of range or an energy is NaN or −Infinity
 */
export function integrateModes(evaluator: EnergyEvaluator, box: DensityBox, partition: ModePartition): ModeQuadrature {
  const d = evaluator.dimension;
  const tolerance = d === 1 ? 1e-12 : 1e-6;
  const { count, assign } = partition;
  const rule = gaussLegendre(ORDER, 0, 1);
  const perCell = integerPower(ORDER, d);
  const corners = 1 << d;
  const points = new Float64Array(BATCH * perCell * d);
  const energies = new Float64Array(BATCH * perCell);
  const x = new Float64Array(d);
  const settled = new Float64Array(count + 1);
  const label = (): number => {
    const mode = assign(x);
    if (!Number.isInteger(mode) || mode < -1 || mode >= count) {
      throw new InputError(`quadrature: mode ${mode} of the point (${x.join(', ')}) is not in [-1, ${count})`);
    }
    return mode < 0 ? count : mode;
  };
  const base = d === 1 ? CELLS * 16 : CELLS;
  let width = Float64Array.from(box.low, (low, j) => (box.high[j] - low) / base);
  let cells = new Float64Array(integerPower(base, d) * d);
  for (let c = 0; c < integerPower(base, d); c++) {
    for (let j = 0, rest = c; j < d; j++, rest = Math.floor(rest / base))
      cells[c * d + j] = box.low[j] + (rest % base) * width[j];
  }
  let evaluated = 0;
  // A crossed cell too light to matter is settled as it is, and its mass remembered as uncertain.
  const uncertain = new Float64Array(count + 1);
  const cellMasses = new Float64Array(count + 1);
  let negligible = 0;
  for (let level = 0; ; level++) {
    const volume = width.reduce((a, b) => a * b, 1);
    const crossed: number[] = [];
    const crossedMasses: Float64Array[] = [];
    let crossedTotal = 0;
    const n = cells.length / d;
    for (let start = 0; start < n; start += BATCH) {
      const batch = Math.min(BATCH, n - start);
      for (let c = 0; c < batch; c++) {
        for (let p = 0; p < perCell; p++) {
          for (let j = 0, rest = p; j < d; j++, rest = Math.floor(rest / ORDER)) {
            points[(c * perCell + p) * d + j] = cells[(start + c) * d + j] + rule.nodes[rest % ORDER] * width[j];
          }
        }
      }
      evaluator.energies(points, batch * perCell, energies);
      evaluated += batch * perCell;
      for (let c = 0; c < batch; c++) {
        cellMasses.fill(0);
        let mass = 0;
        for (let p = 0; p < perCell; p++) {
          const i = c * perCell + p;
          checkEnergy(energies[i], points, i, d);
          let weight = volume * Math.exp(box.minimumEnergy - energies[i]);
          for (let j = 0, rest = p; j < d; j++, rest = Math.floor(rest / ORDER)) {
            weight *= rule.weights[rest % ORDER];
            x[j] = points[i * d + j];
          }
          if (weight === 0) continue;
          cellMasses[label()] += weight;
          mass += weight;
        }
        if (mass === 0) continue;
        let pure = cellMasses.includes(mass);
        // Corners too: a border may pass between a cell's edge and its outermost nodes. Pulled in by a hair, so that a
        // border along the edge does not count.
        for (let p = 0; p < corners && pure; p++) {
          for (let j = 0; j < d; j++)
            x[j] = cells[(start + c) * d + j] + (((p >> j) & 1) === 1 ? 1 - 1e-7 : 1e-7) * width[j];
          pure = cellMasses[label()] === mass;
        }
        if (pure || mass < negligible) {
          for (let m = 0; m <= count; m++) settled[m] += cellMasses[m];
          if (!pure) for (let m = 0; m <= count; m++) uncertain[m] += cellMasses[m] > 0 ? mass / 2 : 0;
        } else {
          for (let j = 0; j < d; j++) crossed.push(cells[(start + c) * d + j]);
          crossedMasses.push(cellMasses.slice());
          crossedTotal += mass;
        }
      }
    }
    const total = settled.reduce((a, b) => a + b, 0) + crossedTotal;
    const next = crossedMasses.length * corners * perCell;
    if (crossedTotal <= tolerance * total || evaluated + next > BUDGET || level >= 40) {
      for (const masses of crossedMasses) {
        const mass = masses.reduce((a, b) => a + b, 0);
        for (let m = 0; m <= count; m++) settled[m] += masses[m];
        for (let m = 0; m <= count; m++) uncertain[m] += masses[m] > 0 ? mass / 2 : 0;
      }
      return {
        logZ: Math.log(total) - box.minimumEnergy,
        masses: settled.subarray(0, count).map((mass) => mass / total),
        errors: uncertain.subarray(0, count).map((mass) => mass / total),
      };
    }
    negligible = (0.1 * tolerance * total) / Math.max(1, crossedMasses.length * corners);
    width = width.map((value) => value / 2);
    cells = new Float64Array(crossedMasses.length * corners * d);
    for (let c = 0; c < crossedMasses.length * corners; c++) {
      for (let j = 0; j < d; j++)
        cells[c * d + j] = crossed[Math.floor(c / corners) * d + j] + ((c >> j) & 1) * width[j];
    }
  }
}
