/** Functions of plain numbers that a target brings: they must give the same again, and leave the point as it is. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { np, type Array as NpArray } from '../../src/engine/numpy.ts';
import { InputError } from '../../src/errors.ts';
import { checkTarget } from '../../src/targets/checkTarget.ts';
import { compileEnergy } from '../../src/targets/compile.ts';
import { definePathIntegral } from '../../src/targets/pathIntegral.ts';
import { defineTarget, type TargetDefinition } from '../../src/targets/target.ts';

type Value = (x: Float64Array) => number;

/** Every place for such a function, and how it is named in messages. */
const places: Readonly<Record<string, (value: Value) => Partial<TargetDefinition>>> = {
  'observable "f"': (value) => ({ observables: [{ name: 'f', value }] }),
  'projection "f"': (value) => ({ projections: [{ name: 'f', value, low: 0, high: 1 }] }),
  'modes.assign': (value) => ({ modes: { names: ['a', 'b'], assign: value } }),
};

const check = (change: Partial<TargetDefinition>): void => {
  const energy = (x: NpArray): NpArray => np.square(x).sum();
  const target = defineTarget({ name: 'bad', dimension: 2, box: [-4, 4], energy, ...change });
  checkTarget(target, compileEnergy(target));
};

function refuses(what: string, act: () => unknown, says: RegExp): void {
  assert.throws(act, (error: unknown) => {
    assert.ok(error instanceof InputError, `${what}: ${String(error)}`);
    assert.match(error.message, says, what);
    assert.match(error.message, /^target "bad": [^\n]+$/, `${what}: one line that names the target`);
    return true;
  }, `${what} is refused`);
}

const potential = (q: NpArray): NpArray => np.square(q).sum();
const quantum = { name: 'bad', potential, box: [-5, 5], beads: 3, modes: 3 } as const;

const point = String.raw`at the point \(-?[\d.e-]+, -?[\d.e-]+\) of its base`;

describe('functions of a point', () => {
  let calls = 0;
  for (const [place, change] of Object.entries(places)) {
    it(`${place} must give the same again`, () => {
      const twice = new RegExp(`: ${place} is \\S+ and then \\S+ ${point}; it must depend on the point alone`);
      refuses('a counter', () => check(change(() => calls++ % 2)), twice);
      refuses('a clock', () => check(change(() => performance.now())), twice);
    });
    it(`${place} must leave the point as it is`, () => {
      const changes = new RegExp(`: ${place} changes coordinate [01] of the point .*${point}; copy it first$`);
      refuses('sorts', () => check(change((x) => (x.sort(), 0))), changes);
      refuses('clears', () => check(change((x) => (x.fill(0), 0))), changes);
    });
    it(`${place} that throws is told in one line, whatever it throws`, () => {
      const cases = [
        [new Error('oh\nno'), 'oh'],
        ['oh', 'oh'],
        [null, 'null'],
        [{}, 'an object that is no Error'],
      ] as const;
      for (const [thrown, said] of cases) {
        const throwing = (): never => {
          throw thrown as Error;
        };
        refuses(said, () => check(change(throwing)), new RegExp(`${place} throws ${point}: ${said}$`));
      }
    });
    it(`${place} may be right`, () => assert.doesNotThrow(() => check(change((x) => (x[0] > 0 ? 1 : 0)))));
  }
  it('observables of a path integral', () => {
    const ring = (value: Value) => (): unknown =>
      definePathIntegral({ ...quantum, observables: [{ name: 'f', value }] });
    refuses('a counter', ring(() => calls++), /observable "f" is \d+ and then \d+ at the point \(\S+\) of its class/);
    refuses('clears', ring((q) => (q.fill(7), 0)), /observable "f" changes coordinate 0 of the point/);
    refuses('throws', ring(() => { throw new Error('oh'); }), /observable "f" throws at the point \(\S+\) of .*: oh$/);
    assert.doesNotThrow(ring(([q]) => q));
  });
  it('are told of at points of many coordinates by the first of them', () => {
    const many = Array.from({ length: 8 }, () => String.raw`-?[\d.e-]+`).join(', ');
    const wide = { dimension: 30, observables: [{ name: 'f', value: () => NaN }] };
    refuses('many', () => check(wide), new RegExp(`is NaN at the point \\(${many}, …\\) of its base; it must be`));
  });
});
