/** Writes the loop of a group: everything of one entry after another, for each vector of the block. */
import type { ScalarOp } from '../scalarProgram.ts';
import { emitPrograms } from '../simd/emitProgram.ts';
import type { VectorMath } from '../simd/vectorMath.ts';
import { maximum, minimum, wrapInteger } from '../simd/laneArithmetic.ts';
import { UnsupportedPrimitive } from '../simd/unsupported.ts';
import type { Local } from '../wasm/functionBuilder.ts';
import { i32, v128, type I32, type V128 } from '../wasm/instructions.ts';
import { bodyOf, type Body, type Source } from './body.ts';
import type { Operation, ReduceOperation } from './operations.ts';
import { Places } from './places.ts';
import type { LoopGroup } from './schedule.ts';
import { byteOf, slotBytes, VECTOR, type LoopWriter } from './writer.ts';

/** Functions that take many operations, each of which waits for the one before: two entries then fill the time. */
const SERIES: ReadonlySet<ScalarOp> = new Set([
  'exp', 'log', 'sin', 'cos', 'asin', 'atan', 'erf', 'erfc', 'sigmoid', 'pow',
]);
const TOGETHER = 2;
/** Operations that one of these functions takes, about. */
const SERIES_LENGTH = 40;
/** So many of these functions are written out where they are used: more would take long to compile. */
const MOST_INLINE = 32;

/** The vectors of an input for all vectors of the block. */
type Vectors = readonly V128[];

/** What has been gathered up so far, one variable for each vector of the block. */
type Sums = readonly Local<'v128'>[];

class LoopCode {
  private readonly body: Body;
  /** Vectors that are the same for all entries, read before the loop. */
  private readonly hoisted = new Map<number, Vectors>();
  private readonly used: readonly number[];
  private readonly quotients = new Map<number, Int32Array>();
  /** Entries that are gathered up into one result, where results take turns. */
  private readonly run: number | null;
  /** Entries that are worked on side by side. */
  private readonly together: number;
  private readonly math: VectorMath;

  constructor(private readonly writer: LoopWriter, private readonly group: LoopGroup) {
    this.body = bodyOf(writer, group);
    this.used = this.body.program.nodes.flatMap(({ op, input = 0 }) => (op === 'input' ? [input] : []));
    const runs = this.body.results.flatMap((result) =>
      (result.kind === 'reduce' && result.places === null && result.run < group.domain ? [result.run] : []));
    this.run = runs[0] ?? null;
    const count = this.run ?? group.domain;
    const series = this.body.program.nodes.filter(({ op }) => SERIES.has(op)).length;
    const waits = SERIES_LENGTH * series >= this.body.program.nodes.length && series <= MOST_INLINE;
    this.together = waits && count % TOGETHER === 0 ? TOGETHER : 1;
    this.math = series <= MOST_INLINE ? writer.math : writer.calledMath;
  }

  write(): void {
    const { writer: { f }, group: { domain }, run } = this;
    this.clear();
    for (const k of this.used) this.hoist(k);
    const whole = this.sumsOf((result) => result.places === null && result.run === domain);
    if (run === null) {
      if (domain === 1) this.turn(i32.constant(0), whole);
      else f.for(i32.constant(0), i32.constant(domain), this.together, (entry) => this.turn(entry, whole));
    } else {
      f.for(i32.constant(0), i32.constant(domain), run, (first) => {
        const turn = this.sumsOf((result) => result.places === null && result.run === run);
        f.for(first, f.let(i32.add(first, i32.constant(run))), this.together, (entry) => {
          this.turn(entry, new Map([...whole, ...turn]));
        });
        // Entries first … first + run − 1 make result first / run.
        const at = f.let(i32.add(this.writer.scratch, i32.mul(
          i32.divU(first, i32.constant(run)), i32.constant(slotBytes(this.writer))
        )));
        this.storeSums(turn, at);
      });
    }
    this.storeSums(whole, this.writer.scratch);
  }

  /** Several entries in one turn, if they come out even. */
  private turn(entry: I32, sums: ReadonlyMap<Operation, Sums>): void {
    const { f } = this.writer;
    this.entries(Array.from({ length: this.together }, (_, k) =>
      (k === 0 ? entry : f.let(i32.add(entry, i32.constant(k))))), sums);
  }

  /** Results that are gathered up in memory start there. */
  private clear(): void {
    const { writer, run, group: { domain } } = this;
    const { f, lanes } = writer;
    for (const result of this.body.results) {
      if (result.kind !== 'reduce' || !this.inMemory(result, run, domain)) continue;
      const { size } = writer.list.tensors[result.output];
      const first = byteOf(writer, result.output);
      f.for(i32.constant(first), i32.constant(first + size * slotBytes(writer)), VECTOR, (at) => {
        f.do(lanes.store(i32.add(writer.scratch, at), lanes.constant(result.start)));
      });
    }
  }

  private inMemory(result: ReduceOperation, run: number | null, domain: number): boolean {
    return result.places !== null || (result.run !== domain && result.run !== run);
  }

  /** i / run of every entry i, rounded down: another length of runs than the loop's own. */
  private turns(run: number): Int32Array {
    const found = this.quotients.get(run)
      ?? Int32Array.from({ length: this.group.domain }, (_, i) => Math.floor(i / run));
    this.quotients.set(run, found);
    return found;
  }

  private sumsOf(which: (result: ReduceOperation) => boolean): Map<Operation, Sums> {
    const { f, lanes, vectors } = this.writer;
    return new Map(this.body.results.flatMap((result) => (result.kind === 'reduce' && which(result)
      ? [[result, Array.from({ length: vectors }, () => f.variable(lanes.constant(result.start)))] as const] : [])));
  }

  private storeSums(sums: ReadonlyMap<Operation, Sums>, at: I32): void {
    const { writer } = this;
    for (const [{ output }, vectors] of sums) vectors.forEach((sum, half) => {
      writer.f.do(writer.lanes.store(at, sum.get, byteOf(writer, output) + half * VECTOR));
    });
  }

  private gather({ step, output }: ReduceOperation, sum: V128, value: V128): V128 {
    const { f, lanes, list } = this.writer;
    if (step === 'max') return maximum(f, lanes, sum, value, []);
    if (step === 'min') return minimum(f, lanes, sum, value, []);
    const result = lanes[step](sum, value);
    if (list.tensors[output].dtype !== 'int32') return result;
    // Products of 32-bit integers are not exact in float64, nor are their sums in float32.
    if (step === 'mul' || lanes.precision === 'float32')
      throw new UnsupportedPrimitive(step, `for int32 in ${lanes.precision}`);
    return wrapInteger(f, lanes, result);
  }

  private hoist(k: number): void {
    const { body: { sources }, writer, group: { domain } } = this;
    const source = sources[k];
    if (source.kind !== 'stored' || source.read.index === null) return;
    const { index, tensor } = source.read;
    if (domain === 1 || !index.every((position) => position === index[0])) return;
    this.hoisted.set(k, this.loads(writer.scratch, byteOf(writer, tensor, index[0])));
  }

  private loads(address: I32, offset: number): Vectors {
    const { f, lanes, vectors } = this.writer;
    return Array.from({ length: vectors }, (_, half) => f.let(lanes.load(address, offset + half * VECTOR)));
  }

  /** Everything of a few entries. */
  private entries(entries: readonly I32[], sums: ReadonlyMap<Operation, Sums>): void {
    const { writer: { f, lanes, vectors }, math } = this;
    const { program, sources, results } = this.body;
    const places = entries.map((entry) => new Places(this.writer, entry));
    const inputs = places.flatMap((at) => {
      const read = new Map(this.used.map((k) => [k, this.hoisted.get(k) ?? this.read(sources[k], at)]));
      return Array.from({ length: vectors }, (_, half) =>
        sources.map((__, k) => [read.get(k)?.[half] ?? lanes.constant(0)]));
    });
    const values = emitPrograms(f, lanes, math, program, inputs);
    places.forEach((at, e) => results.forEach((result, k) => {
      for (let half = 0; half < vectors; half++) this.keep(result, values[e * vectors + half][k][0], half, at, sums);
    }));
  }

  private read(source: Source, places: Places): Vectors {
    const { lanes, f, tables, vectors } = this.writer;
    if (source.kind === 'known') {
      const all = f.let(lanes.loadSplat(places.tableEntry(lanes.bytes), tables.address(source.values)));
      return Array.from({ length: vectors }, () => all);
    }
    const { address, offset } = places.slot(source.read.tensor, source.read.index);
    return this.loads(address, offset);
  }

  private keep(
    result: Operation, value: V128, half: number, places: Places, sums: ReadonlyMap<Operation, Sums>
  ): void {
    const { writer } = this;
    const { f, lanes } = writer;
    if (result.kind === 'reduce') {
      const sum = sums.get(result)?.[half];
      if (sum !== undefined) {
        f.set(sum, this.gather(result, sum.get, value));
        return;
      }
      const { address, offset } = places.slot(result.output, result.places ?? this.turns(result.run));
      const at = offset + half * VECTOR;
      f.do(lanes.store(address, this.gather(result, lanes.load(address, at), value), at));
      return;
    }
    const copied = result.kind === 'copy' ? result : null;
    const { address, offset } = places.slot(result.output, copied?.places ?? null, copied?.start ?? 0);
    f.do(v128.store(address, value, offset + half * VECTOR));
  }
}

export const writeLoop = (writer: LoopWriter, group: LoopGroup): void => new LoopCode(writer, group).write();
