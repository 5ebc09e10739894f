import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'node:test';
import { loopProgram } from '../../../src/engine/loops/module.ts';
import { programsOfAxes } from '../randomPrograms.ts';
import { checkLoops } from './harness.ts';

describe('random programs in loops', () => {
  for (const longest of [3, 13]) {
    it(`agree with the interpreter to 1e-12, with axes of up to ${longest}`, () => {
      const met = new Map<string, number>();
      fc.assert(fc.property(programsOfAxes(longest), ({ program, inputs }) => {
        for (const { kind, ...operation } of loopProgram(program).list.operations) {
          const how = 'places' in operation && operation.places !== null ? `${kind} by places` : kind;
          met.set(how, (met.get(how) ?? 0) + 1);
        }
        checkLoops('random program', program, inputs);
      }), { numRuns: longest > 8 ? 400 : 120, seed: longest });
      // Reductions along short axes are written out, so they are met with long ones alone.
      const kinds = ['map', 'copy', 'copy by places', ...(longest > 8 ? ['reduce', 'reduce by places'] : ['product'])];
      for (const kind of kinds) assert.ok((met.get(kind) ?? 0) >= 3, `${kind} was met ${met.get(kind) ?? 0} times`);
    });
  }
});
