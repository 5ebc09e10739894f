/**
 * The `fused` executor of a flow: its code (flowCode.ts), its memory, and threads. Results do not depend on the number
 * of threads: a pass is cut into a fixed number of shards, and gradients of shards are added in their order.
 */
import type { Precision } from '../../engine/executor.ts';
import { SharedHeap } from '../../engine/wasm/heap.ts';
import { lanesOf } from '../../engine/wasm/lanes.ts';
import { Team } from '../../engine/wasm/team.ts';
import { compileModule, type WasmModule } from '../../engine/wasm/webAssembly.ts';
import { parameterCount, type Architecture } from '../architecture.ts';
import type { Direction } from '../bijections/rationalQuadratic.ts';
import type { ADAM_CONTROL } from './adamCode.ts';
import { tileGranule } from './dense.ts';
import { flowCode, passName, type FlowCode } from './flowCode.ts';

export interface CompiledFlowOptions {
  readonly precision: Precision;
  /** Threads that take part; never changes a result. */
  readonly threads: number;
  /** Whether {@link PointBatch.back} will be called. */
  readonly gradient: boolean;
  /** Points that a batch usually has, and at most where it is differentiated: chooses the tile. */
  readonly points: number;
}

/** Points per tile: small enough for the second-level cache, a divisor of the batch where one is near. */
const SMALLEST_TILE = 48;
const LARGEST_TILE = 96;
const SHARDS = 16;

/** The tile that wastes the fewest points of a batch; the largest of equals. */
export function tileFor(points: number, granule: number): number {
  let best = SMALLEST_TILE;
  for (let tile = SMALLEST_TILE; tile <= LARGEST_TILE; tile += granule) {
    if (Math.ceil(points / tile) * tile <= Math.ceil(points / best) * best) best = tile;
  }
  return best;
}

/** Points of one pass through the flow: float64 arrays in the heap, row-major. */
export interface PointBatch {
  /** In: [n, d]. Points beyond n pad the last tile and are zero. */
  readonly x: Float64Array;
  /** Out: [n, d] and [n]. */
  readonly image: Float64Array;
  readonly logDet: Float64Array;
  /** In, for {@link back}: gradients of a loss by image and logDet. */
  readonly imageGradient: Float64Array;
  readonly logDetGradient: Float64Array;
  /** Map x. @param n how many points; all unless given */
  run(n?: number): void;
  /**
   * Add the gradient of the loss by the weights to the flow's gradient. Right after {@link run} of all points: batches
   * share their tiles.
   */
  back(): void;
}

interface CompiledCode {
  readonly code: FlowCode;
  readonly module: WasmModule;
}

/**
 * Modules by what goes into them, the latest last: the stages of a ladder share theirs, and one that has run is
 * compiled better than a new one.
 */
const compiled = new Map<string, CompiledCode>();
const MOST_KEPT = 4;

function compiledCode(architecture: Architecture, precision: Precision, tile: number, gradient: boolean): CompiledCode {
  const name = JSON.stringify([architecture, precision, tile, gradient]);
  const found = compiled.get(name);
  if (found !== undefined) return found;
  const code = flowCode(architecture, precision, tile, gradient);
  const made = { code, module: compileModule(code.binary) };
  compiled.set(name, made);
  const [oldest] = compiled.keys();
  if (compiled.size > MOST_KEPT) compiled.delete(oldest);
  return made;
}

export class CompiledFlow {
  private readonly heap = new SharedHeap();
  private readonly code: FlowCode;
  private readonly team: Team;
  private readonly bytes: number;
  /** Length of a vector of parameters in bytes, padded to whole vectors. */
  private readonly length: number;
  private readonly weights: number;
  private readonly tables: number;
  private readonly gradient: number;
  /** Shards of a batch that is differentiated, each with a gradient of its own. */
  private readonly gradients: number;
  private readonly moments: readonly [number, number];
  private readonly control: number;
  private tiles = { address: 0, bytes: 0 };

  constructor(
    private readonly architecture: Architecture, { precision, threads, gradient, points }: CompiledFlowOptions
  ) {
    const lanes = lanesOf[precision];
    this.bytes = lanes.bytes;
    const { code, module } = compiledCode(architecture, precision, tileFor(points, tileGranule(lanes)), gradient);
    this.code = code;
    this.team = new Team(module, this.heap, threads);
    this.length = Math.ceil((parameterCount(architecture) * lanes.bytes) / 64) * 64;
    this.weights = this.heap.allocate(this.length);
    this.tables = this.heap.allocate(code.tables.length);
    this.heap.bytes(this.tables, code.tables.length).set(code.tables);
    this.gradients = Math.min(SHARDS, Math.ceil(points / code.tile));
    this.gradient = gradient ? this.heap.allocate(this.length * this.gradients) : 0;
    this.moments = gradient ? [this.heap.allocate(this.length), this.heap.allocate(this.length)] : [0, 0];
    this.control = this.heap.allocate(64);
  }

  private view(address: number): Float32Array | Float64Array {
    const count = parameterCount(this.architecture);
    return this.bytes === 4 ? this.heap.float32(address, count) : this.heap.float64(address, count);
  }

  /** The flat parameter vector and Adam's moments, in place; [parameterCount] each. */
  get parameters(): Float32Array | Float64Array { return this.view(this.weights); }
  get firstMoment(): Float32Array | Float64Array { return this.view(this.moments[0]); }
  get secondMoment(): Float32Array | Float64Array { return this.view(this.moments[1]); }
  /** The sum of all shards' gradients, after {@link gatherGradient}. */
  get parameterGradient(): Float32Array | Float64Array { return this.view(this.gradient); }

  /**
   * Room for passes of up to `points` points.
   * @param keep whether every tile keeps what {@link PointBatch.back} needs; otherwise a tile's memory is used again
   */
  batch(direction: Direction, points: number, keep: boolean): PointBatch {
    const { heap, team, code, length, weights, tables, gradient } = this;
    const d = this.architecture.domain.length;
    const { tile } = code;
    const { size } = code.layout[direction][keep ? 'kept' : 'passing'];
    const tiles = Math.ceil(points / tile);
    const shards = Math.min(SHARDS, tiles);
    if (keep && shards > this.gradients)
      throw new Error(`flow: a batch of ${points} points has more shards than gradients`);
    const memory = this.tileMemory(size * (keep ? tiles : shards));
    const array = (perPoint: number): { address: number; values: Float64Array } => {
      const address = heap.allocate(tiles * tile * perPoint * 8);
      return { address, values: heap.float64(address, points * perPoint) };
    };
    const [x, image, logDet] = [array(d), array(d), array(1)];
    const [imageGradient, logDetGradient] = keep ? [array(d), array(1)] : [image, logDet];
    return {
      x: x.values, image: image.values, logDet: logDet.values, imageGradient: imageGradient.values,
      logDetGradient: logDetGradient.values,
      run: (n = points) => {
        const used = Math.ceil(n / tile);
        const cuts = Math.min(SHARDS, used);
        const [tileStride, shardStride] = keep ? [size, 0] : [0, size];
        const places = [weights, tables, x.address, image.address, logDet.address];
        team.run(passName(direction, keep), cuts, cuts, used, memory(), tileStride, shardStride, ...places);
      },
      back: () => {
        const places = [weights, tables, gradient, length, imageGradient.address, logDetGradient.address];
        team.run(`${direction}Back`, shards, shards, tiles, memory(), size, ...places);
      },
    };
  }

  /**
   * The address of tiles that all batches share: what one pass keeps is used before the next one begins, and a small
   * memory stays in the caches.
   */
  private tileMemory(bytes: number): () => number {
    if (bytes > this.tiles.bytes) this.tiles = { address: this.heap.allocate(bytes), bytes };
    return () => this.tiles.address;
  }

  clearGradient(): void {
    this.team.call('clear', this.gradient, this.length * this.gradients);
  }

  /** Add up the shards' gradients. @returns the gradient's length, in float64 */
  gatherGradient(): number {
    this.team.call('gather', this.gradient, this.gradients, this.length, this.length);
    return Math.sqrt(this.team.call('squares', this.gradient, this.length));
  }

  /**
   * One step of Adam along `scale` times the gathered gradient. @param correction1 1 − β1^t @param correction2 1 − β2^t
   */
  adam({ scale, rate, correction1, correction2 }: Readonly<Record<keyof typeof ADAM_CONTROL, number>>): void {
    this.heap.float64(this.control, 4).set([scale, rate, correction1, correction2]);
    this.team.call('adam', this.weights, this.gradient, this.moments[0], this.moments[1], this.length, this.control);
  }

  /** Give the memory back: its views must not be used any more. */
  dispose(): void {
    this.team.dispose();
    this.heap.dispose();
  }
}
