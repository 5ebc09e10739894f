/** The function that moves the chains of one rung, of four ladders, by many steps: all state stays in registers. */
import { i32, i32x4, v128, type V128 } from '../../wasm/instructions.ts';
import type { FunctionBuilder } from '../../wasm/functionBuilder.ts';
import { laneKeys, normalPair, threefry, uniform } from '../random.ts';
import { localCell, memoryCell, type Cell, type ChainHalf, type ChainKernel, type StepDraws, type StepWriter } from './kernel.ts';
import type { RungLayout } from './layout.ts';

/** From this many coordinates on the state stays in memory between steps: there are too few registers anyway. */
const MOST_LOCAL = 8;

/** First counter words: of the uniforms, and of the normals of coordinates 2p and 2p + 1. */
const UNIFORMS = 0;
const FIRST_NORMALS = 1;

/** Body of the function (block, steps, step): `steps` steps of the chains in `block`, the first with counter `step`. */
export function writeSteps(f: FunctionBuilder, write: StepWriter, layout: RungLayout, kernel: ChainKernel): void {
  const [block, steps, first] = [0, 1, 2].map((k) => f.parameter(k, 'i32').get);
  const { lanes } = write;
  const local = layout.dimension < MOST_LOCAL;
  const loaded: { readonly cell: Cell; readonly offset: number }[] = [];
  const cell = (offset: number): Cell => {
    if (!local) return memoryCell(f, block, offset);
    const made = localCell(f, v128.load(block, offset));
    loaded.push({ cell: made, offset });
    return made;
  };
  const coordinates = Array.from({ length: layout.dimension }, (_, j) => j);
  const halves = Array.from({ length: layout.halves }, (_, half): ChainHalf => ({
    positions: coordinates.map((j) => cell(layout.position(j, half))),
    gradients: coordinates.map((j) => cell(layout.gradient(j, half))),
    energy: cell(layout.energy(half)),
    beta: f.let(v128.load(block, layout.beta(half))),
    stepSize: f.let(v128.load(block, layout.stepSize(half))),
    accepted: cell(layout.accepted(half)),
    nonFinite: cell(layout.nonFinite(half)),
  }));
  const keys = laneKeys(f, v128.load(block, layout.key0), v128.load(block, layout.key1));
  const counter = f.variable(i32x4.splat(first));
  const step = kernel.prepare(write, halves);
  f.for(i32.constant(0), steps, 1, () => {
    const draw = (index: number): readonly [V128, V128] => threefry(f, keys, i32x4.constant(index), counter.get);
    const [uniforms, sides] = kernel.uniforms ? draw(UNIFORMS).map((word) => uniform(f, lanes, word)) : [[], []];
    const pairs = coordinates.filter((j) => j % 2 === 0).map((j) => normalPair(f, lanes, draw(FIRST_NORMALS + j / 2)));
    step(halves.map((_, half): StepDraws => ({
      normals: coordinates.map((j) => pairs[j >> 1][j % 2 === 0 ? 'first' : 'second'][half]),
      uniform: uniforms[half] ?? lanes.constant(0),
      side: sides[half] ?? lanes.constant(0),
    })));
    f.set(counter, i32x4.add(counter.get, i32x4.constant(1)));
  });
  for (const { cell: { get }, offset } of loaded) f.do(v128.store(block, get, offset));
}
