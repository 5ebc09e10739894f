/** The function that moves the chains of one rung, of four ladders, by many steps: all state stays in registers. */
import { i32, i32x4, v128, type I32, type V128 } from '../../wasm/instructions.ts';
import type { FunctionBuilder, Local } from '../../wasm/functionBuilder.ts';
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
 * `step`. The draws of a few steps are made first and pass through memory: in one body with the energy they would
 * compete for registers, and the steps' long chain of dependent operations would leave no work to fill its gaps.
 */
export function writeSteps(f: FunctionBuilder, write: StepWriter, layout: RungLayout, kernel: ChainKernel): void {
  const [block, steps, first, noise] = [0, 1, 2, 3].map((k) => f.parameter(k, 'i32').get);
  const state = new ChainState(f, block, layout);
  const draws = new Draws(write, layout, block, first, noise);
  const halves = Array.from({ length: layout.halves }, (_, half) => state.half(half));
  const step = kernel.prepare(write, halves);
  f.for(i32.constant(0), steps, NOISE_STEPS, (done) => {
    const left = f.let(i32.sub(steps, done));
    const end = f.variable(i32.constant(NOISE_STEPS * layout.noiseStep));
    f.if(i32.lt(left, i32.constant(NOISE_STEPS)), () => f.set(end, i32.mul(left, i32.constant(layout.noiseStep))));
    draws.make(end.get, kernel.uniforms);
    f.for(i32.constant(0), end.get, layout.noiseStep, (offset) => {
      const at = f.let(i32.add(noise, offset));
      step(halves.map((_, half) => draws.read(at, half, kernel.uniforms)));
    });
  });
  state.store();
}

/** The state of the chains in `block`, in registers where there are enough. */
class ChainState {
  private readonly loaded: { readonly cell: Cell; readonly offset: number }[] = [];

  constructor(
    private readonly f: FunctionBuilder, private readonly block: I32, private readonly layout: RungLayout
  ) {}

  half(half: number): ChainHalf {
    const { f, block, layout } = this;
    const coordinates = Array.from({ length: layout.dimension }, (_, j) => j);
    return {
      positions: coordinates.map((j) => this.cell(layout.position(j, half))),
      gradients: coordinates.map((j) => this.cell(layout.gradient(j, half))),
      energy: this.cell(layout.energy(half)),
      beta: f.let(v128.load(block, layout.beta(half))),
      stepSize: f.let(v128.load(block, layout.stepSize(half))),
      accepted: this.cell(layout.accepted(half)),
      nonFinite: this.cell(layout.nonFinite(half)),
    };
  }

  private cell(offset: number): Cell {
    if (this.layout.dimension >= MOST_LOCAL) return memoryCell(this.f, this.block, offset);
    const cell = localCell(this.f, v128.load(this.block, offset));
    this.loaded.push({ cell, offset });
    return cell;
  }

  /** Write back what was in registers. */
  store(): void {
    for (const { cell: { get }, offset } of this.loaded) this.f.do(v128.store(this.block, get, offset));
  }
}

/** The draws of up to {@link NOISE_STEPS} steps, in memory from `noise` on: a row per coordinate, then the uniforms. */
class Draws {
  private readonly f: FunctionBuilder;
  private readonly logUniforms: number;
  private readonly sides: number;
  private readonly keys: ReturnType<typeof laneKeys>;
  /** The counters of the first step whose draws are next, and of the one at hand. */
  private readonly next: Local<'v128'>;
  private readonly counter: Local<'v128'>;

  constructor(
    private readonly write: StepWriter, private readonly layout: RungLayout, block: I32, first: I32,
    private readonly noise: I32
  ) {
    const { f } = write;
    this.f = f;
    [this.logUniforms, this.sides] = [layout.noiseRows - 2, layout.noiseRows - 1];
    this.keys = laneKeys(f, v128.load(block, layout.key0), v128.load(block, layout.key1));
    this.next = f.variable(i32x4.splat(first));
    this.counter = f.variable(this.next.get);
  }

  /** What a step, whose draws begin at an address, reads of them. */
  read(at: I32, half: number, uniforms: boolean): StepDraws {
    const row = (k: number): V128 => this.f.let(v128.load(at, this.layout.noise(k, half)));
    return {
      normals: Array.from({ length: this.layout.dimension }, (_, j) => row(j)),
      logUniform: uniforms ? row(this.logUniforms) : this.write.lanes.constant(0),
      side: uniforms ? row(this.sides) : this.write.lanes.constant(0),
    };
  }

  /**
   * A loop of its own per kind of work: its turns are short and independent, so several are in flight at once.
   * @param end where the draws of the steps end, from `noise`
   */
  make(end: I32, uniforms: boolean): void {
    this.makeNormals(end);
    if (uniforms) this.makeUniforms(end);
    this.f.set(this.next, this.counter.get);
  }

  private makeNormals(end: I32): void {
    const { f, layout, write: { lanes } } = this;
    const index = f.variable(i32x4.constant(FIRST_NORMALS));
    const pairs = layout.noise(2 * Math.ceil(layout.dimension / 2), 0);
    f.for(i32.constant(0), i32.constant(pairs), layout.noise(2, 0), (offset) => {
      const rows = f.let(i32.add(this.noise, offset));
      this.makeWords(f.let(index.get), rows, end);
      this.each(rows, end, (at) => {
        const { first, second } = normalPair(f, lanes, this.words(at));
        this.keep(at, 0, first);
        this.keep(at, 1, second);
      });
      f.set(index, i32x4.add(index.get, i32x4.constant(1)));
    });
  }

  private makeUniforms(end: I32): void {
    const { f, layout, write: { lanes, math } } = this;
    const rows = f.let(i32.add(this.noise, i32.constant(layout.noise(this.logUniforms, 0))));
    this.makeWords(i32x4.constant(UNIFORMS), rows, end);
    this.each(rows, end, (at) => {
      const [metropolis, side] = this.words(at).map((word) => uniform(f, lanes, word));
      this.keep(at, 0, metropolis.map((u) => math.log(f, u)));
      this.keep(at, 1, side);
    });
  }

  /** Random words of the streams' first counter word `index`, in the first two rows. */
  private makeWords(index: V128, rows: I32, end: I32): void {
    const { f, counter } = this;
    f.set(counter, this.next.get);
    this.each(rows, end, (at) => {
      threefry(f, this.keys, index, counter.get).forEach((word, k) => this.keep(at, k, [word]));
      f.set(counter, i32x4.add(counter.get, i32x4.constant(1)));
    });
  }

  /** @param rows address of the rows that are made, of the first step */
  private each(rows: I32, end: I32, body: (at: I32) => void): void {
    const { f } = this;
    f.for(i32.constant(0), end, this.layout.noiseStep, (offset) => body(f.let(i32.add(rows, offset))));
  }

  private keep(at: I32, row: number, values: readonly V128[]): void {
    values.forEach((value, half) => this.f.do(v128.store(at, value, this.layout.noise(row, half))));
  }

  private words(at: I32): readonly [V128, V128] {
    const word = (row: number): V128 => this.f.let(v128.load(at, this.layout.noise(row, 0)));
    return [word(0), word(1)];
  }
}
