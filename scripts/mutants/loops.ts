/** Faults in programs of arrays as loops. */
import type { Mutant } from './mutant.ts';

const programs = 'test/engine/loops/programs.test.ts';
const functions = 'test/engine/loops/functions.test.ts';
const products = 'test/engine/loops/products.test.ts';
const batches = 'test/engine/loops/batches.test.ts';

export const loops: readonly Mutant[] = [
  {
    name: 'broadcast-along-the-wrong-axis',
    file: 'src/engine/loops/indexMaps.ts',
    find: '(axis < offset || shape[axis - offset] === 1 ? 0',
    replace: '(axis < offset || shape[axis - offset] === 1 ? (axis === 0 ? 1 : 0)',
    test: programs,
  },
  {
    name: 'positions-that-are-taken-to-be-in-order',
    file: 'src/engine/loops/indexMaps.ts',
    find: 'for (let i = 0; i < size; i++) if (index[i] !== i) return index;',
    replace: 'for (let i = 0; i < 1; i++) if (index[i] !== i) return index;',
    test: programs,
  },
  {
    name: 'read-before-it-is-stored',
    file: 'src/engine/loops/schedule.ts',
    find: 'plan.stageOf(producer) + (fused ? 0 : 1)',
    replace: 'plan.stageOf(producer)',
    test: programs,
  },
  {
    name: 'done-again-too-early',
    file: 'src/engine/loops/plan.ts',
    find: 'if (this.stageOf(reader) !== stage || !this.takes(reader, producer)) return true;',
    replace: 'if (!this.takes(reader, producer)) return true;',
    test: functions,
  },
  {
    name: 'slots-given-away-while-they-are-read',
    file: 'src/engine/loops/storage.ts',
    find: 'taken = taken.filter(({ until }) => until >= from);',
    replace: 'taken = taken.filter(({ until }) => until > from);',
    test: functions,
  },
  {
    name: 'sums-in-memory-that-are-not-cleared',
    file: 'src/engine/loops/elementwise.ts',
    find: "if (result.kind !== 'reduce' || !this.inMemory(result, run, domain)) continue;",
    replace: "if (result.kind !== 'copy') continue;",
    test: functions,
  },
  {
    name: 'products-summed-by-the-rows-of-the-first-tile',
    file: 'src/engine/loops/productCode.ts',
    find: 'outputs[t * width + r] ?? null',
    replace: 'outputs[r] ?? null',
    test: products,
  },
  {
    name: 'products-without-the-last-term',
    file: 'src/engine/loops/productCode.ts',
    find: 'f.for(i32.constant(0), i32.constant(length), 1, () => {',
    replace: 'f.for(i32.constant(1), i32.constant(length), 1, () => {',
    test: products,
  },
  {
    name: 'tables-that-are-alike-by-their-hash',
    file: 'src/engine/loops/tables.ts',
    find: 'piece.values.every((value, i) => Object.is(value, values[i]))',
    replace: 'piece.values.length === values.length',
    test: 'test/engine/loops/tables.test.ts',
  },
  {
    name: 'last-points-of-a-batch-left-out',
    file: 'src/engine/loops/arrayMap.ts',
    find: 'const blocks = Math.ceil(count / BLOCK);',
    replace: 'const blocks = Math.floor(count / BLOCK);',
    test: batches,
  },
  {
    name: 'shards-that-share-their-slots',
    file: 'src/engine/loops/arrayMap.ts',
    find: 'i32.add(allSlots, i32.mul(shard, i32.constant(functions.slotBytes)))',
    replace: 'i32.add(allSlots, i32.mul(shard, i32.constant(0)))',
    test: batches,
  },
  {
    name: 'chains-that-read-the-energy-as-a-slope',
    file: 'src/engine/simd/chains/module.ts',
    find: 'read(outputs[1], j, side)',
    replace: 'read(outputs[0], j, side)',
    test: 'test/engine/loops/chains.test.ts',
  },
  {
    name: 'called-cosine-that-is-a-sine',
    file: 'src/engine/simd/calledMath.ts',
    find: "cos: unary('cos')(f, angle)",
    replace: "cos: unary('sin')(f, angle)",
    test: functions,
  },
];
