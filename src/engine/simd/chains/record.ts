/**
 * Recording of a round, as in `samplers/trace.ts`: samples at β = 1, and every stride-th round energies and positions
 * of rungs.
 */
import { i32, v128, type I32 } from '../../wasm/instructions.ts';
import type { FunctionBuilder } from '../../wasm/functionBuilder.ts';
import type { Lanes } from '../../wasm/lanes.ts';
import { forEachRung, readTable, SHARD, type RungLayout, type TableWord } from './layout.ts';
import { affine, laneLadders, scatterFloats, scatterPoints, type LaneIndices } from './transfer.ts';

/** Body of the function (shard, table, scratch, recorded), with `recorded` the rounds recorded before this one. */
export function writeRecord(f: FunctionBuilder, lanes: Lanes, layout: RungLayout): void {
  const [shard, table, scratch, recorded] = [0, 1, 2, 3].map((k) => f.parameter(k, 'i32').get);
  const read = (word: TableWord): I32 => f.let(readTable(table, word));
  const [rungs, count, stride, hottest] = [read('rungs'), read('ladders'), read('stride'), read('hottest')];
  const ladders = laneLadders(f, shard, count);
  const halves = Array.from({ length: layout.halves }, (_, half) => half);
  const put = (word: TableWord, indices: LaneIndices, block: I32, offset: (half: number) => number): void =>
    scatterFloats(f, lanes, read(word), indices, halves.map((half) => v128.load(block, offset(half))));
  const putPoint = (word: TableWord, rows: LaneIndices, block: I32): void =>
    scatterPoints(f, lanes, layout, read(word), rows, f.let(i32.add(block, i32.constant(layout.position(0, 0)))));
  const first = f.let(i32.add(scratch, i32.constant(SHARD.bytes)));
  const cold = f.let(i32.add(first, i32.mul(i32.sub(rungs, i32.constant(1)), i32.constant(layout.bytes))));
  const rows = affine(f, ladders, i32.constant(1), i32.mul(recorded, count));
  put('traceEnergies', rows, cold, layout.energy);
  putPoint('tracePositions', rows, cold);
  const done = f.let(i32.add(recorded, i32.constant(1)));
  f.if(i32.eqz(i32.remU(done, stride)), () => {
    const stored = f.let(i32.sub(i32.divU(done, stride), i32.constant(1)));
    const kept = affine(f, ladders, i32.constant(1), i32.mul(stored, count));
    forEachRung(
      f, layout, scratch, hottest, (k, block) => putPoint('hottestPositions', affine(f, kept, hottest, k), block)
    );
    forEachRung(
      f, layout, scratch, rungs, (k, block) => put('rungEnergies', affine(f, kept, rungs, k), block, layout.energy)
    );
  });
}
