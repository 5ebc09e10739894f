/** Definitions as they are loaded, without types: unknown keys, wrong kinds of known ones, and sizes beyond reach. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { np, type Array as NpArray } from '../../src/engine/numpy.ts';
import { InputError } from '../../src/errors.ts';
import { MOST_COORDINATES } from '../../src/targets/checkDefinition.ts';
import { compileEnergy } from '../../src/targets/compile.ts';
import { definePathIntegral, ringTarget, type PathIntegralDefinition } from '../../src/targets/pathIntegral.ts';
import { defineTarget, type TargetDefinition } from '../../src/targets/target.ts';

const bowl = (x: NpArray): NpArray => np.square(x).sum();
const good = { name: 'some', dimension: 2, energy: bowl, box: [-4, 4] };
const value = (x: Float64Array): number => x[0];
const observable = { name: 'x', value };
const projection = { name: 'x', value, low: 0, high: 1 };
const noise = { size: 1, draw: (random: () => number): number[] => [random()], energy: bowl };
const sum = {
  data: { rows: 1, columns: ['a'], data: Float64Array.of(1) },
  batch: 1,
  term: (x: NpArray): NpArray => bowl(x),
};
const quantum = { name: 'some', potential: bowl, box: [-5, 5], beads: 4, modes: 3 };

const target = (change: object) => (): unknown =>
  defineTarget({ ...good, ...change } as unknown as TargetDefinition);
const noisy = (change: object) => (): unknown =>
  defineTarget({ ...good, energy: undefined, ...change } as unknown as TargetDefinition);
const ring = (change: object) => (): unknown =>
  definePathIntegral({ ...quantum, ...change } as unknown as PathIntegralDefinition);

function refuses(what: string, act: () => unknown, says: RegExp): void {
  assert.throws(act, (error: unknown) => {
    assert.ok(error instanceof InputError, `${what}: ${String(error)}`);
    assert.match(error.message, says, what);
    assert.match(error.message, /^target[^\n]+$/, `${what}: one line`);
    return true;
  }, `${what} is refused`);
}

type Case = readonly [what: string, act: () => unknown, says: RegExp];

const unknown: readonly Case[] = [
  ['enrgy', target({ enrgy: bowl }), /^target "some": unknown key "enrgy", did you mean "energy"\?$/],
  ['enrgy alone', target({ energy: undefined, enrgy: bowl }), /unknown key "enrgy", did you mean "energy"\?$/],
  ['Dimension', target({ Dimension: 3 }), /unknown key "Dimension", did you mean "dimension"\?$/],
  ['zzz', target({ zzz: 3 }), /unknown key "zzz"; the keys are name, description, dimension, energy, /],
  ['undefined', target({ zzz: undefined }), /unknown key "zzz"/],
  ['potential', target({ potential: bowl }), /unknown key "potential"; it belongs to a quantum particle: use define/],
  ['base', target({ base: { mean: 0, std: 1 } }), /unknown key "base\.std"; the keys are mean, standardDeviation$/],
  [
    'base',
    target({ base: { standarDeviation: 1 } }),
    /"base\.standarDeviation", did you mean "base\.standardDeviation"\?$/,
  ],
  ['modes', target({ modes: { centers: [[0, 0]] } }), /unknown key "modes\.centers", did you mean "modes\.centres"\?$/],
  [
    'modes',
    target({ modes: { names: ['a'], asign: value } }),
    /unknown key "modes\.asign", did you mean "modes\.assign"/,
  ],
  [
    'modes',
    target({ modes: { centres: [[0, 0]], exact: [1] } }),
    /unknown key "modes\.exact"; the keys are centres, names/,
  ],
  [
    'observables',
    target({ observables: [observable, { ...observable, exakt: 1 }] }),
    /"observables\[1\]\.exakt", did you/,
  ],
  ['projections', target({ projections: [{ ...projection, hihg: 2 }] }), /"projections\[0\]\.hihg", did you mean/],
  ['noise', noisy({ noise: { ...noise, drw: 3 } }), /unknown key "noise\.drw", did you mean "noise\.draw"\?$/],
  ['sum', noisy({ sum: { ...sum, priors: bowl } }), /unknown key "sum\.priors", did you mean "sum\.prior"\?$/],
  [
    'presets',
    target({ presets: { papre: {} } }),
    /^target "some": unknown key "presets\.papre", did you mean "presets\.paper"\?$/,
  ],
  [
    'settings of a preset',
    target({ presets: { paper: { setings: {} } } }),
    /unknown key "presets\.paper\.setings", did you mean "presets\.paper\.settings"\?$/,
  ],
  ['presets of a ring', ring({ presets: { quik: {} } }), /unknown key "presets\.quik", did you mean "presets\.quick"/],
  ['potental', ring({ potental: bowl }), /^target "some": unknown key "potental", did you mean "potential"\?$/],
  [
    'energy of a ring',
    ring({ energy: bowl }),
    /unknown key "energy"; the energy of a path integral is made from its `pot/,
  ],
  ['torus of a ring', ring({ torus: 'all' }), /unknown key "torus"; it belongs to a target of defineTarget/],
  [
    'wells',
    ring({ wells: { centres: [[0]], name: ['a'] } }),
    /unknown key "wells\.name", did you mean "wells\.names"\?$/,
  ],
  ['base of a ring', ring({ base: { men: 0 } }), /unknown key "base\.men", did you mean "base\.mean"\?$/],
  [
    'observables of a ring',
    ring({ observables: [{ ...observable, valu: 3 }] }),
    /"observables\[0\]\.valu", did you mean/,
  ],
];

const kinds: readonly Case[] = [
  [
    'no definition',
    () => defineTarget(undefined as never),
    /^target: its definition must be an object, got undefined$/,
  ],
  ['a list', () => defineTarget([good] as never), /^target: its definition must be an object, got \[/],
  ['no ring', () => definePathIntegral(null as never), /^target: its definition must be an object, got null$/],
  ['presets', target({ presets: 5 }), /presets must be an object \{ quick, default, paper \}, got 5$/],
  ['a preset', target({ presets: { quick: [] } }), /presets\.quick must be an object \{ settings, box \}, got \[\]$/],
  ['settings', target({ presets: { quick: { settings: 1 } } }), /presets\.quick\.settings must be an object of settings/],
  ['box of a preset', target({ presets: { quick: { box: 3 } } }), /presets\.quick\.box must be \[low, high\] or one/],
  [
    'boxes of a preset',
    target({ presets: { quick: { box: [[0, 1], [0, 1], [0, 1]] } } }),
    /presets\.quick\.box must be \[low, high\] or one such pair per coordinate \(2\), got \[\[0,1\],\[0,1\],\[0,1\]\]$/,
  ],
  [
    'an empty box of a preset',
    target({ presets: { paper: { box: [[0, 1], [1, 1]] } } }),
    /presets\.paper\.box must be finite with low < high, got \[1,1\]$/,
  ],
  [
    'box of half a mode',
    ring({ dimension: 2, presets: { quick: { box: [[0, 1], [0, 1], [0, 1]] } } }),
    /presets\.quick\.box must be \[low, high\] or one such pair per coordinate \(2 of every mode\), got/,
  ],
  ['description', target({ description: 5 }), /description must be text, got 5$/],
  ['batchedEnergy', target({ batchedEnergy: 5 }), /batchedEnergy must be a function of a batch of points, got 5$/],
  [
    'box of words',
    target({ box: ['-4', '4'] }),
    /box must be \[low, high\] or one such pair per coordinate \(2\), got/,
  ],
  ['no box', target({ box: null }), /box must be \[low, high\] or one such pair per coordinate, got null$/],
  ['box by name', target({ box: { 0: [0, 1], 1: [0, 1] } }), /box must be \[low, high\] or one such pair/],
  ['torus', target({ torus: 5 }), /torus must be 'all', or intervals by coordinate such as \{ 0: \[0, 1\] \}, got 5$/],
  ['torus true', target({ torus: true }), /torus must be 'all', or intervals by coordinate .*, got true$/],
  ['torus null', target({ torus: null }), /torus must be 'all', .*, got null$/],
  ['torus word', target({ torus: 'al' }), /torus must be 'all', .*, got "al"$/],
  ['torus "00"', target({ torus: { '00': [0, 1] } }), /torus names coordinate 00, but coordinates are 0 to 1$/],
  ['interval', target({ interval: 1 }), /interval must be 'all', .*, got 1$/],
  ['base', target({ base: 5 }), /base must be an object \{ mean, standardDeviation \}, got 5$/],
  ['mean of words', target({ base: { mean: ['0', '0'] } }), /base\.mean must be finite, .*, got \["0","0"\]$/],
  ['deviation', target({ base: { standardDeviation: '1' } }), /base\.standardDeviation must be finite, .*, got "1"$/],
  ['typed mean', target({ base: { mean: new Float64Array(3) } }), /base\.mean must be a number or 2 numbers, got 3$/],
  ['modes', target({ modes: 5 }), /modes must be an object \{ centres \} or \{ names, assign \}, got 5$/],
  ['modes of nothing', target({ modes: {} }), /modes\.centres is missing; it must be a list of points/],
  ['centres', target({ modes: { centres: 3 } }), /modes\.centres must be a list of points, .*, got 3$/],
  ['centres of words', target({ modes: { centres: [['0', '0']] } }), /modes\.centres must be a list of points/],
  ['assign', target({ modes: { names: ['a'], assign: 3 } }), /modes\.assign must be a function of one point, got 3$/],
  ['no names', target({ modes: { assign: value } }), /modes\.names is missing; it must be a list of names$/],
  ['empty names', target({ modes: { names: [], assign: value } }), /modes\.names must be a list of names, got \[\]$/],
  [
    'masses',
    target({ modes: { names: ['a'], assign: value, exact: [2] } }),
    /modes\.exact must be a list of numbers betw/,
  ],
  [
    'too few',
    target({ modes: { names: ['a', 'b'], assign: value, exact: [1] } }),
    /modes\.exact must have 2 numbers, got 1$/,
  ],
  ['observables', target({ observables: observable }), /observables must be a list of \{ name, value \}, got /],
  ['no observable', target({ observables: [null] }), /observables\[0\] must be an object, got null$/],
  ['nameless', target({ observables: [{ value }] }), /observables\[0\]\.name is missing; it must be a name$/],
  ['named 5', target({ observables: [{ name: 5, value }] }), /observables\[0\]\.name must be a name, got 5$/],
  ['no value', target({ observables: [{ name: 'x' }] }), /observables\[0\]\.value is missing; it must be a function/],
  [
    'value 3',
    target({ observables: [{ name: 'x', value: 3 }] }),
    /observables\[0\]\.value must be a function of one point/,
  ],
  [
    'exact',
    target({ observables: [{ ...observable, exact: '1' }] }),
    /observables\[0\]\.exact must be a finite number, got "1"/,
  ],
  ['projections', target({ projections: 5 }), /projections must be a list of \{ name, value, low, high \}, got 5$/],
  [
    'exactDensity',
    target({ projections: [{ ...projection, exactDensity: 1 }] }),
    /exactDensity must be a function of one/,
  ],
  ['logZ', target({ logZ: 'zero' }), /logZ must be a finite number, got "zero"$/],
  ['settings', target({ settings: 5 }), /settings must be an object of settings, got 5$/],
  ['settings list', target({ settings: [1] }), /settings must be an object of settings, got \[1\]$/],
  ['wells', ring({ wells: 5 }), /wells must be an object \{ centres, names \}, got 5$/],
  ['base of a ring', ring({ base: 5 }), /base must be an object \{ mean, standardDeviation \}, got 5$/],
  ['observables of a ring', ring({ observables: 5 }), /observables must be a list of \{ name, value \}, got 5$/],
];

const beyond = MOST_COORDINATES + 1;
const sizes: readonly Case[] = [
  [
    'a target',
    target({ dimension: beyond }),
    /dimension must be at most 10000, got 10001; chains and flows are not made for points of more numbers/,
  ],
  ['of a sum', noisy({ sum, dimension: beyond }), /dimension must be at most 10000/],
  ['of noise', noisy({ noise, dimension: beyond }), /dimension must be at most 10000/],
  ['of ξ', noisy({ noise: { ...noise, size: beyond } }), /noise\.size must be at most 10000, got 10001/],
  [
    'of a ring',
    ring({ dimension: 64, beads: 1024, modes: 1023 }),
    /modes × dimension must be at most 10000, got 65472/,
  ],
  // Last, since it would never end otherwise.
  ['a thousand million', target({ dimension: 1e9, box: [-1, 1] }), /dimension must be at most 10000, got 1000000000/],
];

describe('a definition is refused for', () => {
  for (const [what, act, says] of unknown) it(`a key: ${what}, ${says.source}`, () => refuses(what, act, says));
  for (const [what, act, says] of kinds) it(`a wrong kind: ${what}`, () => refuses(what, act, says));
  for (const [what, act, says] of sizes) it(`its size: ${what}`, () => refuses(what, act, says));
});

describe('a definition may', () => {
  it('leave keys undefined, give typed numbers, and say everything at once', () => {
    const whole = defineTarget({
      ...good,
      box: [-4, 4],
      description: 'all of it',
      batchedEnergy: (x) => np.square(x).sum(1),
      base: { mean: Float64Array.of(1, 2) as unknown as number[], standardDeviation: 2 },
      modes: { names: ['a'], assign: () => 0, exact: [1] },
      observables: [{ ...observable, exact: 0 }],
      projections: [{ ...projection, exactDensity: () => 1 }],
      blocks: [[0], [1]],
      logZ: 0,
      settings: { steps: 7 },
    });
    assert.deepEqual(Array.from(whole.base.mean), [1, 2]);
    assert.doesNotThrow(target({ modes: undefined, torus: undefined, base: { mean: undefined } }));
  });
  it('have as many coordinates as an energy can take', () => {
    const large = defineTarget({ ...good, box: [-4, 4], dimension: MOST_COORDINATES, observables: [] });
    assert.equal(compileEnergy(large).dimension, MOST_COORDINATES);
  });
  it('be of a path integral that is lifted to rings beyond that', () => {
    const wide = definePathIntegral({ ...quantum, box: [-5, 5], dimension: 20 });
    assert.ok(wide.pathIntegral !== undefined);
    assert.equal(ringTarget(wide, wide.pathIntegral, 512).dimension, 20 * 512);
  });
});
