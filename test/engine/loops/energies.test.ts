import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { energyEntries } from '../../../src/benchmarks/energies/catalogue.ts';
import { valueAndGradient } from '../../../src/engine/numpy.ts';
import { isLoops, pointPrograms } from '../../../src/engine/pointProgram.ts';
import { trace } from '../../../src/engine/trace.ts';
import { distance } from '../executors.ts';
import { interpret } from '../interpreter.ts';
import { runLoops } from './harness.ts';

describe('the energies that are measured', () => {
  for (const { name, make } of energyEntries) {
    it(`${name}: energy and gradient are the interpreter's to 1e-12`, () => {
      const { target: { energy, dimension }, points } = make();
      const program = trace((x) => valueAndGradient(energy)(x), [{ shape: [dimension] }]);
      const x = points(2).subarray(dimension);
      const [[[u], gradient]] = runLoops(program, [[x]]);
      const [value, slopes] = interpret(program, [Array.from(x)]);
      assert.ok(Math.abs(u - value.data[0]) <= 1e-12 * Math.abs(u), `${u} and ${value.data[0]}`);
      // Entries beside the largest: sums of large terms that cancel keep no more digits than that.
      assert.ok(distance(gradient, slopes.data) <= 1e-12, `gradient: off by ${distance(gradient, slopes.data)}`);
      // All but the smallest are too large to be written out.
      assert.equal(isLoops(pointPrograms(program)[0]), name !== 'phi4-8x8');
    });
  }
});
