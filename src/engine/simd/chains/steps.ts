/** The function that moves the chains of one rung, of four ladders, by many steps: all state stays in registers. */
import { i32, i32x4, v128, type I32, type V128 } from '../../wasm/instructions.ts';
import type { FunctionBuilder } from '../../wasm/functionBuilder.ts';
import { laneKeys, normalPair, threefry, uniform } from '../random.ts';
import {
  localCell, memoryCell, type Cell, type ChainHalf, type ChainKernel, type StepDraws, type StepWriter
} from './kernel.ts';
import { NOISE_STEPS, type RungLayout } from './layout.ts';

/**
 * From this many coordinates on the state stays in memory between steps: as fast, for there are too few registers
 * anyway.
 */
const MOST_LOCAL = 8;

/** First counter words: of the uniforms, and of the normals of coordinates 2p and 2p + 1. */
const UNIFORMS = 0;
const FIRST_NORMALS = 1;

/**
 * Body of the function (block, steps, step, noise): `steps` steps of the chains in `block`, the first with counter
 * `step`.
 * The draws of a few steps are made first and pass through memory: in one body with the energy they would compete for
 * registers, and the steps' long chain of dependent operations would leave no work to fill its gaps.
 */
export function writeSteps(f: FunctionBuilder, write: StepWriter, layout: RungLayout, kernel: ChainKernel): void {
  const [block, steps, first, noise] = [0, 1, 2, 3].map((k) => f.parameter(k, 'i32').get);
  const { lanes, math } = write;
  const local = layout.dimension < MOST_LOCAL;
  const loaded: { readonly cell: Cell; readonly offset: number }[] = [];
  const cell = (offset: number): Cell => {
    if (!local) return memoryCell(f, block, offset);
    const made = localCell(f, v128.load(block, offset));
    loaded.push({ cell: made, offset });
    return made;
  };
  const coordinates = Array.from({ length: layout.dimension }, (_, j) => j);
  const [logUniforms, sides] = [layout.noiseRows - 2, layout.noiseRows - 1];
  const keys = laneKeys(f, v128.load(block, layout.key0), v128.load(block, layout.key1));

  const chunk = f.variable(i32x4.splat(first));
  const counter = f.variable(chunk.get);

  /** A loop of its own per kind of work: its turns are short and independent, so several are in flight at once. */
  const makeDraws = (end: I32): void => {
    /** @param rows address of the rows that are made, of the first step */
    const each = (rows: I32, body: (at: I32) => void): void =>
      f.for(i32.constant(0), end, layout.noiseStep, (offset) => body(f.let(i32.add(rows, offset))));
    const keep = (at: I32, row: number, values: readonly V128[]): void =>
      values.forEach((value, half) => f.do(v128.store(at, value, layout.noise(row, half))));
    const words = (at: I32): readonly [V128, V128] =>
      [f.let(v128.load(at, layout.noise(0, 0))), f.let(v128.load(at, layout.noise(1, 0)))];
    const block = (index: V128, rows: I32): void => {
      f.set(counter, chunk.get);
      each(rows, (at) => {
        threefry(f, keys, index, counter.get).forEach((word, k) => keep(at, k, [word]));
        f.set(counter, i32x4.add(counter.get, i32x4.constant(1)));
      });
    };
    const index = f.variable(i32x4.constant(FIRST_NORMALS));
    const pairs = layout.noise(2 * Math.ceil(layout.dimension / 2), 0);
    f.for(i32.constant(0), i32.constant(pairs), layout.noise(2, 0), (offset) => {
      const rows = f.let(i32.add(noise, offset));
      block(f.let(index.get), rows);
      each(rows, (at) => {
        const { first: one, second: other } = normalPair(f, lanes, words(at));
        keep(at, 0, one);
        keep(at, 1, other);
      });
      f.set(index, i32x4.add(index.get, i32x4.constant(1)));
    });
    if (kernel.uniforms) {
      const rows = f.let(i32.add(noise, i32.constant(layout.noise(logUniforms, 0))));
      block(i32x4.constant(UNIFORMS), rows);
      each(rows, (at) => {
        const [metropolis, side] = words(at).map((word) => uniform(f, lanes, word));
        keep(at, 0, metropolis.map((u) => math.log(f, u)));
        keep(at, 1, side);
      });
    }
    f.set(chunk, counter.get);
  };
  const halves = Array.from({ length: layout.halves }, (_, half): ChainHalf => ({
    positions: coordinates.map((j) => cell(layout.position(j, half))),
    gradients: coordinates.map((j) => cell(layout.gradient(j, half))),
    energy: cell(layout.energy(half)),
    beta: f.let(v128.load(block, layout.beta(half))),
    stepSize: f.let(v128.load(block, layout.stepSize(half))),
    accepted: cell(layout.accepted(half)),
    nonFinite: cell(layout.nonFinite(half)),
  }));
  const step = kernel.prepare(write, halves);
  f.for(i32.constant(0), steps, NOISE_STEPS, (done) => {
    const left = f.let(i32.sub(steps, done));
    const end = f.variable(i32.constant(NOISE_STEPS * layout.noiseStep));
    f.if(i32.lt(left, i32.constant(NOISE_STEPS)), () => f.set(end, i32.mul(left, i32.constant(layout.noiseStep))));
    makeDraws(end.get);
    f.for(i32.constant(0), end.get, layout.noiseStep, (offset) => {
      const at = f.let(i32.add(noise, offset));
      const read = (row: number, half: number): V128 => f.let(v128.load(at, layout.noise(row, half)));
      step(halves.map((_, half): StepDraws => ({
        normals: coordinates.map((j) => read(j, half)),
        logUniform: kernel.uniforms ? read(logUniforms, half) : lanes.constant(0),
        side: kernel.uniforms ? read(sides, half) : lanes.constant(0),
      })));
    });
  });
  for (const { cell: { get }, offset } of loaded) f.do(v128.store(block, get, offset));
}
