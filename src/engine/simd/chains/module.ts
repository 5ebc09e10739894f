/**
 * The WebAssembly module that runs ladders of one energy with one kernel: one function per task, and one that calls
 * them.
 */
import type { Precision } from '../../executor.ts';
import { writeLoops, type LoopFunctions } from '../../loops/module.ts';
import { isLoops, type PointProgram } from '../../pointProgram.ts';
import type { ScalarProgram } from '../../scalarProgram.ts';
import type { FunctionBuilder } from '../../wasm/functionBuilder.ts';
import { i32, v128, type I32, type V128 } from '../../wasm/instructions.ts';
import { lanesOf, type Lanes } from '../../wasm/lanes.ts';
import { ModuleBuilder } from '../../wasm/moduleBuilder.ts';
import { compileModule, type WasmModule } from '../../wasm/webAssembly.ts';
import { emitProgram, MAXIMUM_LOCALS } from '../emitProgram.ts';
import { CannotVectorise } from '../unsupported.ts';
import { vectorMath, type VectorMath } from '../vectorMath.ts';
import type { ChainKernel, EnergyAndGradient, HalfWork, Reference, StepWriter } from './kernel.ts';
import { forEachRung, NOISE_STEPS, readTable, rungLayout, SHARD, VECTOR, type RungLayout } from './layout.ts';
import { writeRecord } from './record.ts';
import { writeSteps } from './steps.ts';
import { logSwapRatio, writeSwaps, type SwapRatio } from './swaps.ts';
import { writeGather, writeScatter } from './transfer.ts';

/** A coordinate's interval; on a circle its ends are one point, and an interval has walls there. */
export interface Coordinate {
  readonly kind: 'real' | 'torus' | 'interval';
  readonly low: number;
  readonly high: number;
}

export interface ChainProgram {
  /** From one point to U and ∇U; with a reference, to D and ∇D. */
  readonly valueAndGradient: PointProgram;
  readonly domain: readonly Coordinate[];
  readonly kernel: ChainKernel;
  readonly precision: Precision;
  /** Whose energy U0 is added to λD. Default: none, and chains sample exp(−βU). */
  readonly reference?: Reference | null;
  /** Another swap than the right one, for tests of the tests. */
  readonly swapRatio?: SwapRatio;
}

/** Name of the exported function (shard, table, rounds, steps, step, tasks, swapRound, recorded). */
export const RUN = 'run';
/** What a round does beside its steps: bits of the parameter `tasks`. */
export const SWAP = 1;
export const RECORD = 2;

export interface ChainModule {
  readonly module: WasmModule;
  readonly layout: RungLayout;
  readonly precision: Precision;
  readonly reference: Reference | null;
  /** Of an energy in loops; null for one that is written out. */
  readonly loops: LoopFunctions | null;
}

/** Of loops: the address of their slots, and that of their tables. */
interface LoopPlaces {
  readonly slots: I32;
  readonly tables: I32;
}

/** Does the work of halves with the energies that they ask for. */
type EnergyWriter = (f: FunctionBuilder, work: readonly HalfWork[], places: LoopPlaces) => void;

/** Where every half has got to, until all are done; `evaluate` is given the points that they ask for. */
function inStep(
  work: readonly HalfWork[], evaluate: (points: readonly (readonly V128[])[]) => readonly EnergyAndGradient[]
): void {
  let asked = work.map((half) => half.next());
  while (!asked.every(({ done }) => done === true)) {
    const at = evaluate(asked.map(({ value }) => value ?? []));
    asked = work.map((half, side) => half.next(at[side]));
  }
}

/** All halves at once: a slot has a vector for each. */
function loopEnergy({ run, inputs, outputs, vectors }: LoopFunctions, lanes: Lanes): EnergyWriter {
  const place = (start: number, entry: number, side: number): number => start + (entry * vectors + side) * VECTOR;
  return (f, work, { slots, tables }) => inStep(work, (points) => {
    points.forEach((x, side) => x.forEach((value, j) => f.do(lanes.store(slots, value, place(inputs[0], j, side)))));
    f.do(f.call(run, 'void', slots, tables));
    const read = (start: number, entry: number, side: number): V128 =>
      f.let(lanes.load(slots, place(start, entry, side)));
    return points.map((x, side) =>
      ({ energy: read(outputs[0], 0, side), gradients: x.map((_, j) => read(outputs[1], j, side)) }));
  });
}

/** One half after the other. */
function scalarEnergy(program: ScalarProgram, lanes: Lanes, math: VectorMath): EnergyWriter {
  return (f, work) => work.forEach((half) => inStep([half], ([x]) => {
    const [[energy], gradients] = emitProgram(f, lanes, math, program, [x]);
    return [{ energy: f.let(energy), gradients: gradients.map((entry) => f.let(entry)) }];
  }));
}

function writeEnergy(
  builder: ModuleBuilder, lanes: Lanes, math: VectorMath, program: PointProgram, halves: number
): { readonly loops: LoopFunctions | null; readonly energy: EnergyWriter } {
  if (!isLoops(program)) return { loops: null, energy: scalarEnergy(program, lanes, math) };
  const loops = writeLoops(builder, lanes, math, program, halves);
  return { loops, energy: loopEnergy(loops, lanes) };
}

/** @throws CannotVectorise what has no vector form, or is too large */
export function compileChains(
  { valueAndGradient, domain, kernel, precision, reference = null, swapRatio = logSwapRatio }: ChainProgram
): ChainModule {
  const builder = new ModuleBuilder();
  const lanes = lanesOf[precision];
  const math = vectorMath(builder, precision);
  const layout = rungLayout(domain.length, lanes);
  const { loops, energy } = writeEnergy(builder, lanes, math, valueAndGradient, layout.halves);
  const writer = (f: FunctionBuilder, places: LoopPlaces): StepWriter => ({
    f, lanes, math, reference,
    run: (work) => energy(f, work, places),
    wrap: (x) => x.map((value, j) => (domain[j].kind === 'torus' ? wrapped(f, lanes, value, domain[j]) : f.let(value))),
    outside(x) {
      const beyond =
        x.flatMap((value, j) => (domain[j].kind === 'interval' ? beyondWalls(lanes, value, domain[j]) : []));
      return beyond.length === 0 ? null : f.let(beyond.reduce((mask, wall) => v128.or(mask, wall)));
    },
  });
  const task = (parameters: number, build: (f: FunctionBuilder) => void): FunctionBuilder =>
    builder.function(new Array<'i32'>(parameters).fill('i32'), 'void', build);
  const gather = task(3, (f) => writeGather(f, lanes, layout));
  const scatter = task(4, (f) => writeScatter(f, lanes, layout));
  const move = task(5, (f) => writeSteps(f, writer(f, {
    slots: f.let(i32.add(f.parameter(3, 'i32').get, i32.constant(NOISE_STEPS * layout.noiseStep))),
    tables: f.parameter(4, 'i32').get,
  }), layout, kernel));
  // The state of a step is written out, coordinate by coordinate.
  if (move.localCount > MAXIMUM_LOCALS)
    throw new CannotVectorise(`${domain.length} coordinates are too many for one function of WebAssembly`);
  const swaps = task(3, (f) => writeSwaps(f, { lanes, math }, layout, swapRatio));
  const record = task(4, (f) => writeRecord(f, lanes, layout));
  builder.function(new Array<'i32'>(8).fill('i32'), 'void', (f) => {
    const [shard, table, rounds, perRound, firstStep, tasks, firstSwap, firstRecorded] =
      [0, 1, 2, 3, 4, 5, 6, 7].map((k) => f.parameter(k, 'i32').get);
    const rungs = f.let(readTable(table, 'rungs'));
    const own = f.let(i32.add(i32.constant(SHARD.bytes), i32.mul(rungs, i32.constant(layout.bytes))));
    const bytes = i32.add(own, i32.constant(NOISE_STEPS * layout.noiseStep + (loops?.slotBytes ?? 0)));
    const scratch = f.let(i32.add(readTable(table, 'scratch'), i32.mul(shard, bytes)));
    const noise = f.let(i32.add(scratch, own));
    const energyTables = f.let(readTable(table, 'energyTables'));
    const step = f.variable(firstStep);
    f.do(f.call(gather, 'void', shard, table, scratch));
    f.for(i32.constant(0), rounds, 1, (round) => {
      forEachRung(
        f, layout, scratch, rungs,
        (_, block) => f.do(f.call(move, 'void', block, perRound, step.get, noise, energyTables))
      );
      f.set(step, i32.add(step.get, perRound));
      f.if(i32.and(tasks, i32.constant(RECORD)), () => f.do(
        f.call(record, 'void', shard, table, scratch, i32.add(firstRecorded, round))
      ));
      f.if(
        i32.and(tasks, i32.constant(SWAP)), () => f.do(f.call(swaps, 'void', scratch, rungs, i32.add(firstSwap, round)))
      );
    });
    f.do(f.call(scatter, 'void', shard, table, scratch, i32.mul(rounds, perRound)));
  }, RUN);
  return { module: compileModule(builder.finish()), layout, precision, reference, loops };
}

/** The representative in [low, high), as `wrapCoordinate` of targets/domain.ts. */
function wrapped(f: FunctionBuilder, lanes: Lanes, value: V128, { low, high }: Coordinate): V128 {
  const at = (bound: number): V128 => lanes.constant(lanes.precision === 'float32' ? roundedUp(bound) : bound);
  const period = lanes.constant(high - low);
  const x = f.let(value);
  const turned = f.let(lanes.sub(x, lanes.mul(period, lanes.floor(lanes.div(lanes.sub(x, at(low)), period)))));
  // Rounding may leave either end. What is below a bound rounded up is, as a double, below the bound itself.
  return f.let(
    lanes.select(lanes.ge(turned, at(high)), at(low), lanes.select(lanes.lt(turned, at(low)), at(low), turned))
  );
}

/**
 * Masks of the two sides of an interval, as `isOutside` of targets/domain.ts: what float32 has within, is within as a
 * double too.
 */
function beyondWalls(lanes: Lanes, value: V128, { low, high }: Coordinate): [V128, V128] {
  const inward = lanes.precision === 'float32' ? [roundedUp(low), -roundedUp(-high)] : [low, high];
  return [lanes.lt(value, lanes.constant(inward[0])), lanes.gt(value, lanes.constant(inward[1]))];
}

/** The smallest float32 that is not below x. */
function roundedUp(x: number): number {
  const near = Math.fround(x);
  if (near >= x) return near;
  const bits = new Int32Array(Float32Array.of(near).buffer);
  bits[0] += near < 0 ? -1 : 1;
  return new Float32Array(bits.buffer)[0];
}
