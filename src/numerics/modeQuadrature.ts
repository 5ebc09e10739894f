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
  const work = new Refinement(evaluator, box, partition);
  let cells = firstCells(box, d);
  let negligible = 0;
  for (let level = 0; ; level++) {
    const crossed = work.integrate(cells, negligible);
    const total = work.settledMass() + crossed.total;
    const pieces = crossed.masses.length * (1 << d);
    const next = pieces * integerPower(ORDER, d);
    if (crossed.total <= tolerance * total || work.evaluated + next > BUDGET || level >= 40) {
      for (const masses of crossed.masses) work.settle(masses, masses.reduce((a, b) => a + b, 0), true);
      return work.result(total);
    }
    negligible = (0.1 * tolerance * total) / Math.max(1, pieces);
    cells = split(crossed.corners, cells.width, d);
  }
}

/** Boxes of one size by their lower corners [cells, d]. */
interface Cells {
  readonly corners: Float64Array;
  readonly width: Float64Array;
}

/** Cells that a mode's border crosses, with their masses by mode, and altogether. */
interface Crossed {
  readonly corners: number[];
  readonly masses: Float64Array[];
  total: number;
}

function firstCells(box: DensityBox, d: number): Cells {
  const base = d === 1 ? CELLS * 16 : CELLS;
  const width = Float64Array.from(box.low, (low, j) => (box.high[j] - low) / base);
  const corners = new Float64Array(integerPower(base, d) * d);
  for (let c = 0; c < integerPower(base, d); c++) {
    for (let j = 0, rest = c; j < d; j++, rest = Math.floor(rest / base))
      corners[c * d + j] = box.low[j] + (rest % base) * width[j];
  }
  return { corners, width };
}

/** Every cell in 2^d. */
function split(corners: readonly number[], width: Float64Array, d: number): Cells {
  const parts = 1 << d;
  const half = width.map((value) => value / 2);
  const halves = new Float64Array(corners.length * parts);
  for (let c = 0; c < halves.length / d; c++) {
    for (let j = 0; j < d; j++)
      halves[c * d + j] = corners[Math.floor(c / parts) * d + j] + ((c >> j) & 1) * half[j];
  }
  return { corners: halves, width: half };
}

/** What is settled so far, and the buffers for cells that are not. */
class Refinement {
  evaluated = 0;
  private readonly d: number;
  private readonly rule = gaussLegendre(ORDER, 0, 1);
  /** Points of a cell. */
  private readonly perCell: number;
  private readonly points: Float64Array;
  private readonly energies: Float64Array;
  private readonly x: Float64Array;
  private readonly cellMasses: Float64Array;
  /** Masses by mode, points of none last. */
  private readonly settled: Float64Array;
  /** A crossed cell too light to matter is settled as it is, and its mass remembered as uncertain. */
  private readonly uncertain: Float64Array;

  constructor(
    private readonly evaluator: EnergyEvaluator, private readonly box: DensityBox,
    private readonly partition: ModePartition
  ) {
    const d = evaluator.dimension;
    this.d = d;
    this.perCell = integerPower(ORDER, d);
    this.points = new Float64Array(BATCH * this.perCell * d);
    this.energies = new Float64Array(BATCH * this.perCell);
    this.x = new Float64Array(d);
    this.cellMasses = new Float64Array(partition.count + 1);
    this.settled = new Float64Array(partition.count + 1);
    this.uncertain = new Float64Array(partition.count + 1);
  }

  /** Settle the cells of one mode, and crossed ones lighter than `negligible`. @returns the others */
  integrate(cells: Cells, negligible: number): Crossed {
    const { d, evaluator, points, energies, perCell, cellMasses } = this;
    const { corners, width } = cells;
    const crossed: Crossed = { corners: [], masses: [], total: 0 };
    const volume = width.reduce((a, b) => a * b, 1);
    const n = corners.length / d;
    for (let start = 0; start < n; start += BATCH) {
      const batch = Math.min(BATCH, n - start);
      this.place(cells, start, batch);
      evaluator.energies(points, batch * perCell, energies);
      this.evaluated += batch * perCell;
      for (let c = 0; c < batch; c++) {
        const mass = this.weigh(c, volume);
        if (mass === 0) continue;
        const pure = this.isPure(cells, start + c, mass);
        if (pure || mass < negligible) {
          this.settle(cellMasses, mass, !pure);
        } else {
          for (let j = 0; j < d; j++) crossed.corners.push(corners[(start + c) * d + j]);
          crossed.masses.push(cellMasses.slice());
          crossed.total += mass;
        }
      }
    }
    return crossed;
  }

  /** The rule's points in some cells. */
  private place({ corners, width }: Cells, start: number, batch: number): void {
    const { d, perCell, points, rule } = this;
    for (let c = 0; c < batch; c++) {
      for (let p = 0; p < perCell; p++) {
        for (let j = 0, rest = p; j < d; j++, rest = Math.floor(rest / ORDER))
          points[(c * perCell + p) * d + j] = corners[(start + c) * d + j] + rule.nodes[rest % ORDER] * width[j];
      }
    }
  }

  /** The mass of cell c of a batch, and by mode in `cellMasses`. */
  private weigh(c: number, volume: number): number {
    const { d, perCell, points, energies, x, cellMasses, rule, box } = this;
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
      cellMasses[this.label()] += weight;
      mass += weight;
    }
    return mass;
  }

  /**
   * Whether a cell, whose masses are in `cellMasses`, is of one mode. Corners count too: a border may pass between a
   * cell's edge and its outermost nodes. Pulled in by a hair, so that a border along the edge does not count.
   */
  private isPure({ corners, width }: Cells, cell: number, mass: number): boolean {
    const { d, x, cellMasses } = this;
    let pure = cellMasses.includes(mass);
    for (let p = 0; p < 1 << d && pure; p++) {
      for (let j = 0; j < d; j++)
        x[j] = corners[cell * d + j] + (((p >> j) & 1) === 1 ? 1 - 1e-7 : 1e-7) * width[j];
      pure = cellMasses[this.label()] === mass;
    }
    return pure;
  }

  /** The mode of `x`; the last place for none. */
  private label(): number {
    const { x, partition: { count, assign } } = this;
    const mode = assign(x);
    if (!Number.isInteger(mode) || mode < -1 || mode >= count)
      throw new InputError(`quadrature: mode ${mode} of the point (${x.join(', ')}) is not in [-1, ${count})`);
    return mode < 0 ? count : mode;
  }

  settle(masses: Float64Array, mass: number, isCrossed: boolean): void {
    const { settled, uncertain } = this;
    for (let m = 0; m < settled.length; m++) settled[m] += masses[m];
    if (isCrossed) for (let m = 0; m < settled.length; m++) uncertain[m] += masses[m] > 0 ? mass / 2 : 0;
  }

  settledMass(): number {
    return this.settled.reduce((a, b) => a + b, 0);
  }

  result(total: number): ModeQuadrature {
    const share = (masses: Float64Array): Float64Array =>
      masses.subarray(0, this.partition.count).map((mass) => mass / total);
    return {
      logZ: Math.log(total) - this.box.minimumEnergy, masses: share(this.settled), errors: share(this.uncertain),
    };
  }
}
