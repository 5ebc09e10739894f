/** What a definition of a path integral becomes, what is refused, and the look at its potential before any work. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { np, type Array as NpArray } from '../../src/engine/numpy.ts';
import { fillNormal, keyFromSeed } from '../../src/engine/random.ts';
import { InputError } from '../../src/errors.ts';
import { settingsFor, targetFor } from '../../src/experiments/presets.ts';
import { checkRunnable } from '../../src/pipeline/run.ts';
import { harmonicAverages } from '../../src/numerics/harmonicOscillator.ts';
import { baseEnergies } from '../../src/targets/base.ts';
import { compileEnergy } from '../../src/targets/compile.ts';
import { definePathIntegral, potentialEvaluator, ringTarget, shapedTarget, type PathIntegral, type PathIntegralDefinition } from '../../src/targets/pathIntegral.ts';
import { surveyPotential, type PotentialSurvey } from '../../src/targets/potentialSurvey.ts';
import { harmonicLogZ, ringTruth } from '../../src/targets/ringTruth.ts';
import { defineTarget, type Target } from '../../src/targets/target.ts';
import { threeWell } from '../../src/targets/threeWell.ts';

/** V = ½ Σ k_a (q_a − c_a)². */
const bowl = (stiffness: readonly number[], centre: readonly number[]) => (q: NpArray): NpArray => np.square(q.sub(np.array([...centre]))).mul(np.array([...stiffness])).sum().mul(0.5);
const line: PathIntegralDefinition = { name: 'line', potential: bowl([3], [0.4]), box: [-5, 5] };
const plane: PathIntegralDefinition = { name: 'plane', dimension: 2, potential: bowl([3, 1.2], [0.4, -1]), mass: [0.7, 2.2], hbar: 0.9, beta: 2.1, box: [[-4, 5], [-6, 4]], beads: 12, modes: 5 };

const partOf = (target: Target): PathIntegral => {
  assert.ok(target.pathIntegral !== undefined);
  return target.pathIntegral;
};
const near = (value: number, expected: number, tolerance: number, what: string): void => assert.ok(Math.abs(value - expected) < tolerance, `${what}: ${value} for ${expected}`);

describe('definePathIntegral', () => {
  it('fills in what is left open', () => {
    const target = definePathIntegral(line);
    const { particle, dimension, beads, modes, box, functions, base, classical } = partOf(target);
    assert.deepEqual([dimension, beads, modes, box], [1, 32, 7, [[-5, 5]]]);
    assert.deepEqual([particle.masses, particle.hbar, particle.beta], [[1], 1, 1]);
    near(particle.curvature[0], 0.6 * 3, 1e-6, 'curvature, 0.6 of V″');
    near(base.mean[0], 0.4, 1e-6, 'mean of the base');
    near(base.standardDeviation[0], Math.sqrt(1 / 3), 1e-6, 'its deviation');
    assert.deepEqual(functions.map(({ name }) => name), ['x', 'x²']);
    assert.deepEqual(functions.map(({ value }) => value(Float64Array.of(3))), [3, 9]);
    assert.equal(target.dimension, 7);
    assert.deepEqual(target.observables.map(({ name }) => name), ['centroid x', 'centroid x²']);
    assert.deepEqual(target.observables.map(({ value }) => value(Float64Array.of(2, 1, 1, 1, 1, 1, 1))), [2, 4]);
    assert.deepEqual(target.projections?.map(({ name, low, high }) => [name, low, high]), [['centroid x', -5, 5]]);
    assert.deepEqual([classical.dimension, classical.name, target.modes], [1, 'line', undefined]);
    const values = new Float64Array(1);
    compileEnergy(classical).energies(Float64Array.of(1.4), 1, values);
    near(values[0], 1.5, 1e-12, 'βV of the classical particle');
  });

  it('takes all modes of a shorter ring, whole pairs of them', () => {
    const modesOf = (beads: number): number => partOf(definePathIntegral({ ...line, beads })).modes;
    assert.deepEqual([1, 2, 3, 4, 5, 6, 7, 8, 64].map(modesOf), [1, 1, 3, 3, 5, 5, 7, 7, 7]);
  });

  it('says for every coordinate what is said of each, or of all', () => {
    const target = definePathIntegral({ ...plane, base: { mean: 0.5, standardDeviation: [2, 3] }, curvature: [1, 0], wells: { centres: [[0, 0], [1, 1]], names: ['here', 'there'] }, description: 'two', settings: { steps: 77 } });
    const { particle, dimension, base, functions, box, classical } = partOf(target);
    assert.deepEqual([dimension, target.dimension, target.description], [2, 10, 'two']);
    assert.deepEqual([particle.masses, particle.hbar, particle.beta, particle.curvature], [[0.7, 2.2], 0.9, 2.1, [1, 0]]);
    assert.deepEqual([base.mean, base.standardDeviation], [[0.5, 0.5], [2, 3]]);
    assert.deepEqual(box, [[-4, 5], [-6, 4]]);
    assert.deepEqual(functions.map(({ name }) => name), ['x1', 'x1²', 'x2', 'x2²']);
    assert.deepEqual(functions.map(({ value }) => value(Float64Array.of(2, 3))), [2, 4, 3, 9]);
    // The base: the centroid's, and standard normal modes.
    assert.deepEqual(Array.from(target.base.mean), [0.5, 0.5, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert.deepEqual(Array.from(target.base.standardDeviation), [2, 3, 1, 1, 1, 1, 1, 1, 1, 1]);
    // The box holds the base: 4 deviations of the centroid, 5 (1 + 1/w) of modes.
    assert.deepEqual(target.domain.map(({ low, high }) => [low, high]), [[-7.5, 8.5], [-11.5, 12.5], ...new Array<number[]>(4).fill([-10, 10]), ...new Array<number[]>(4).fill([-7.5, 7.5])]);
    // A path belongs to the well that its centroid is nearest to.
    assert.deepEqual(target.modes?.names, ['here', 'there']);
    assert.deepEqual([0.2, 0.9].map((x) => target.modes?.assign(Float64Array.of(x, x, 9, -9, 0, 0, 0, 0, 0, 0))), [0, 1]);
    assert.deepEqual([classical.modes?.assign(Float64Array.of(0.9, 0.9)), settingsFor(target, 'quick').training.steps], [1, 77]);
    assert.deepEqual(partOf(definePathIntegral({ ...plane, mass: 3, curvature: 2 })).particle.masses, [3, 3]);
  });

  it('V itself is that of the positions, not times β', () => {
    const target = definePathIntegral(plane);
    const values = new Float64Array(1);
    potentialEvaluator(target, partOf(target)).energies(Float64Array.of(1.4, 0), 1, values);
    near(values[0], 0.5 * (3 + 1.2), 1e-12, 'V');
  });

  it('the harmonic reference is standard normal in all modes but the centroid', () => {
    // Where V is the reference, action − base energy of the modes is what the centroid has.
    const target = definePathIntegral({ ...plane, curvature: [3, 1.2] });
    const u = new Float64Array(2 * 10);
    fillNormal(keyFromSeed(3), 0, u);
    const [actions, energies] = [new Float64Array(2), new Float64Array(2)];
    compileEnergy(target).energies(u, 2, actions);
    baseEnergies({ ...target.base, mean: Float64Array.from(target.base.mean, (value, j) => (j === 0 ? 0.4 : j === 1 ? -1 : value)), standardDeviation: Float64Array.from(target.base.standardDeviation, (value, j) => (j === 0 ? 1 / Math.sqrt(2.1 * 3) : j === 1 ? 1 / Math.sqrt(2.1 * 1.2) : value)) }, u, 2, energies);
    near(actions[0] - energies[0], actions[1] - energies[1], 1e-9, 'difference');
    const exact = [3, 1.2].reduce((sum, stiff, a) => sum + harmonicAverages({ mass: [0.7, 2.2][a], hbar: 0.9, beta: 2.1, frequency: Math.sqrt(stiff / [0.7, 2.2][a]) }, 12).logZ, 0);
    near(energies[0] - actions[0], exact, 1e-9, 'log Z');
  });

  const refusals: [string, Readonly<Record<string, unknown>>, RegExp][] = [
    ['a name', { name: 'No Name' }, /^target: name must be lower-case letters, digits and hyphens, got "No Name"$/],
    ['no name', { name: undefined }, /^target: name must be /],
    ['no potential', { potential: undefined }, /potential must be a function of one point, got undefined$/],
    ['dimension 0', { dimension: 0 }, /dimension must be an integer from 1 to 64, got 0$/],
    ['dimension 1.5', { dimension: 1.5 }, /dimension must be an integer from 1 to 64, got 1\.5$/],
    ['two masses of one', { mass: [1, 2] }, /mass must be a number or 1 numbers?, got 2$/],
    ['no mass', { mass: 0 }, /mass must be finite and above 0, got 0$/],
    ['a word as mass', { mass: 'heavy' }, /mass must be finite and above 0, got "heavy"$/],
    ['ħ', { hbar: -1 }, /hbar must be finite and above 0, got -1$/],
    ['β = 0', { beta: 0 }, /beta must be finite and above 0, got 0$/],
    ['β infinite', { beta: Infinity }, /beta must be finite and above 0, got /],
    ['no box', { box: undefined }, /box is missing; give \[low, high\], where the particle is found classically$/],
    ['two boxes of one', { box: [[-1, 1], [-1, 1]] }, /box must be \[low, high\] or one such pair per coordinate \(1\), got /],
    ['a box backwards', { box: [5, -5] }, /box of coordinate 0 must be finite \[low, high\] with low < high, got \[5,-5\]$/],
    ['an endless box', { box: [-Infinity, 5] }, /box of coordinate 0 must be finite/],
    ['beads', { beads: 0 }, /beads must be an integer from 1 to 4096, got 0$/],
    ['half a bead', { beads: 2.5 }, /beads must be an integer from 1 to 4096, got 2\.5$/],
    ['too many beads', { beads: 5000 }, /beads must be an integer from 1 to 4096, got 5000$/],
    ['even modes', { modes: 4 }, /modes must be odd, .*, got 4$/],
    ['more modes than beads', { beads: 5, modes: 7 }, /modes must be an integer from 1 to 5, got 7$/],
    ['curvature below 0', { curvature: -1 }, /curvature must be finite and above 0, got -1$/],
    ['base.mean', { base: { mean: NaN } }, /base\.mean must be finite, got /],
    ['base.standardDeviation', { base: { standardDeviation: 0 } }, /base\.standardDeviation must be finite and above 0, got 0$/],
    ['base of another length', { base: { mean: [0, 0] } }, /base\.mean must be a number or 1 numbers?, got 2$/],
    ['wells of another length', { wells: { centres: [[0, 0]] } }, /centre 0 of modes must have 1 numbers?, got 2$/],
    ['V that falls', { potential: (q: NpArray) => np.square(q.slice(0)).sub(np.square(np.square(q.slice(0)))) }, /potential falls to .* at q = .*, below its least value inside the box, .*: it is unbounded below, or its box misses the deepest well$/],
    ['V = x³', { potential: (q: NpArray) => np.square(q.slice(0)).mul(q.slice(0)) }, /potential falls to .* unbounded below/],
    ['a deeper well outside', { potential: (q: NpArray) => np.square(np.square(q.slice(0)).sub(49)).mul(0.02).add(q.slice(0).mul(2)), box: [4, 10] }, /its box misses the deepest well$/],
    ['V not a number', { potential: (q: NpArray) => np.log(q.slice(0)), box: [-1, 1] }, /potential is NaN at q = \(-1\), inside its box; it must be finite there$/],
    ['V infinite', { potential: (q: NpArray) => np.square(q.slice(0)).mul(1e308) }, /potential is Infinity at q = .*, inside its box/],
    ['V = 0', { potential: (q: NpArray) => q.slice(0).mul(0) }, /potential does not confine: at the wall of its box, q = .*, exp\(−βV\) is still 1(\.0)? of its largest value/],
    ['V bounded', { potential: (q: NpArray) => np.reciprocal(np.square(q.slice(0)).add(1)) }, /potential does not confine: /],
    ['V a moat', { potential: (q: NpArray) => np.exp(np.square(q.slice(0).div(3)).mul(-1)).mul(np.square(q.slice(0))).mul(9) }, /potential does not confine: beyond its box, at q = .*, exp\(−βV\) is .* of its largest value inside/],
    ['V of another shape', { potential: (q: NpArray) => q }, /must return one number/],
  ];
  for (const [name, change, says] of refusals) {
    it(`refuses ${name}`, () => assert.throws(
      () => definePathIntegral({ ...line, ...change }),
      (error) => error instanceof InputError && says.test(error.message) && /^target(:| "line": )/.test(error.message) && !error.message.includes('\n'),
    ));
  }

  it('refuses a coordinate that V does not depend on', () => assert.throws(() => definePathIntegral({ ...plane, potential: (q) => np.square(q.slice(0)) }), /potential does not confine/));

  it('functions of the position that are none are refused before any work', () => {
    for (const [name, observables] of [
      ['undefined', [{ name: 'y', value: (q: Float64Array) => q[1] }]],
      ['not a function', [{ name: 'y', value: 3 }]],
      ['throwing', [{ name: 'y', value: () => { throw new Error('oh'); } }]],
    ] as const) {
      const checked = (): void => { const target = definePathIntegral({ ...line, observables } as unknown as PathIntegralDefinition); checkRunnable(target, settingsFor(target, 'quick')); };
      assert.throws(checked, (error) => error instanceof InputError && /observable/.test(error.message), name);
    }
  });
});

describe('many coordinates of a bead', () => {
  // Modes left out are averaged over by a product rule of 3^p points.
  it('six, with modes left out, can be run', () => {
    const target = definePathIntegral({ ...line, dimension: 6, potential: bowl([3, 1, 2, 1, 1, 2], [0, 0, 0, 0, 0, 0]), beads: 8, modes: 3 });
    checkRunnable(target, settingsFor(target, 'quick'));
  });
});

describe('the same particle in another shape', () => {
  it('reshaped takes what is given, and leaves what is 0 or nothing', () => {
    const target = definePathIntegral(plane);
    const { reshaped } = partOf(target);
    assert.equal(reshaped({}), target, 'nothing');
    assert.equal(reshaped({ beta: 0, beads: 0, modes: 0 }), target, 'zeros');
    const colder = partOf(reshaped({ beta: 4.2 }));
    assert.deepEqual([colder.particle.beta, colder.beads, colder.modes], [4.2, 12, 5]);
    near(colder.base.standardDeviation[0], 1 / Math.sqrt(4.2 * 3), 1e-6, 'its base is that of the temperature');
    const other = reshaped({ beads: 20, modes: 9, beta: 0 });
    assert.deepEqual([partOf(other).beads, partOf(other).modes, partOf(other).particle.beta, other.dimension], [20, 9, 2.1, 18]);
    assert.deepEqual(partOf(partOf(other).reshaped({ beta: 1 })).beads, 20, 'twice');
    assert.throws(() => reshaped({ beads: 3 }), /modes must be an integer from 1 to 3, got 5/);
    assert.throws(() => reshaped({ modes: 4 }), /modes must be odd/);
    // Modes that nobody gave follow the beads.
    assert.equal(partOf(partOf(definePathIntegral(line)).reshaped({ beads: 3 })).modes, 3);
  });

  it('settings shape a path integral, and are refused for what is none', () => {
    const target = definePathIntegral(plane);
    assert.equal(partOf(shapedTarget(target, { beta: 3 })).particle.beta, 3);
    assert.equal(shapedTarget(threeWell, { beta: 0, beads: 0 }), threeWell);
    assert.throws(() => shapedTarget(threeWell, { beta: 2 }), (error) => error instanceof InputError && /^setting beta: is for path integrals, and "three-well" is none; leave it out$/.test(error.message));
    assert.equal(partOf(targetFor(target, 'default', { beta: 3, beads: 16 })).beads, 16);
    // The published reference: V0 = x²/2 for every mode, so exp(−βV0) has the deviation 1/√β.
    const { particle, base } = partOf(targetFor(target, 'paper'));
    assert.deepEqual([particle.curvature, base.mean, base.standardDeviation], [[1, 1], [0, 0], [1 / Math.sqrt(particle.beta), 1 / Math.sqrt(particle.beta)]]);
  });

  it('a ring of any number of beads has the centroid and the reference of its own', () => {
    const target = definePathIntegral(plane);
    for (const beads of [1, 2, 7, 12]) {
      const ring = ringTarget(target, partOf(target), beads);
      assert.equal(ring.dimension, 2 * beads);
      assert.deepEqual(Array.from(ring.base.standardDeviation.subarray(0, 2)), [...partOf(target).base.standardDeviation]);
      assert.ok(ring.base.standardDeviation.subarray(2).every((value) => value === 1));
    }
  });

  it('log Z of the reference is in closed form; a free one has none', () => {
    const pathIntegral = partOf(definePathIntegral({ ...plane, curvature: [2, 0.5] }));
    for (const beads of [1, 2, 9]) {
      const exact = [2, 0.5].reduce((sum, stiff, a) => sum + harmonicAverages({ mass: [0.7, 2.2][a], hbar: 0.9, beta: 2.1, frequency: Math.sqrt(stiff / [0.7, 2.2][a]) }, beads).logZ, 0);
      near(harmonicLogZ(pathIntegral, beads) ?? NaN, exact, 1e-10, `${beads} beads`);
    }
    assert.equal(harmonicLogZ(partOf(definePathIntegral({ ...plane, curvature: [2, 0] })), 4), null);
  });

  it('of three coordinates nothing exact is computed, and it says so', () => {
    const target = definePathIntegral({ ...line, dimension: 3, potential: bowl([3, 1, 2], [0, 0, 0]) });
    const { quantum, reason, ring } = ringTruth(target, partOf(target));
    assert.deepEqual([quantum, ring(4)], [null, null]);
    assert.match(reason ?? '', /^exact averages are computed for at most 2 coordinates of a bead, and this has 3$/);
  });
});

describe('the look at a potential', () => {
  const survey = (potential: (q: NpArray) => NpArray, box: [number, number][], beta: number): PotentialSurvey =>
    surveyPotential('seen', compileEnergy(defineTarget({ name: 'seen', dimension: box.length, energy: (q) => potential(q).mul(beta), box })), box, beta);

  it('finds mean, deviation and curvature of a bowl, in one and two coordinates', () => {
    for (const beta of [0.5, 4]) {
      const one = survey(bowl([3], [0.4]), [[-7, 6]], beta);
      near(one.mean[0], 0.4, 1e-6, 'mean');
      near(one.standardDeviation[0], 1 / Math.sqrt(3 * beta), 1e-6, 'deviation');
      near(one.curvature[0], 3, 1e-6, 'curvature');
      const two = survey(bowl([3, 1.2], [0.4, -1]), [[-7, 6], [-9, 8]], beta);
      [[0.4, 3], [-1, 1.2]].forEach(([centre, stiff], a) => {
        near(two.mean[a], centre, 1e-6, `mean ${a}`);
        near(two.standardDeviation[a], 1 / Math.sqrt(stiff * beta), 1e-6, `deviation ${a}`);
        near(two.curvature[a], stiff, 1e-6, `curvature ${a}`);
      });
    }
  });

  it('a curvature is the mean of V″ in the classical ensemble', () => {
    // V = x⁴/4: ⟨V″⟩ = 3⟨x²⟩, with ⟨x²⟩ = 2 Γ(3/4)/Γ(1/4) at β = 1.
    const quartic = survey((q) => np.square(np.square(q.slice(0))).mul(0.25), [[-4, 4]], 1);
    near(quartic.curvature[0], 6 * (1.2254167024651776 / 3.625609908221908), 1e-6, '⟨V″⟩');
    near(quartic.standardDeviation[0] ** 2, 2 * (1.2254167024651776 / 3.625609908221908), 1e-6, '⟨x²⟩');
  });

  it('in three coordinates random points stand for a grid', () => {
    const three = survey(bowl([3, 1.2, 2], [0.4, -1, 0]), [[-4, 5], [-6, 4], [-5, 5]], 1);
    [[0.4, 3], [-1, 1.2], [0, 2]].forEach(([centre, stiff], a) => {
      // 40,000 points in the box, of which exp(−V) leaves about a hundredth: a few hundred that count.
      const deviation = 1 / Math.sqrt(stiff);
      near(three.mean[a], centre, (5 * deviation) / Math.sqrt(300), `mean ${a}`);
      near(three.standardDeviation[a], deviation, (5 * deviation) / Math.sqrt(600), `deviation ${a}`);
      near(three.curvature[a], stiff, 1e-6, `curvature ${a}`);
    });
  });

  it('in six coordinates still finds deviations of the right size', () => {
    const six = survey(bowl(new Array<number>(6).fill(1), new Array<number>(6).fill(0)), new Array<[number, number]>(6).fill([-5, 5]), 1);
    six.standardDeviation.forEach((value, a) => assert.ok(value > 0.6 && value < 1.6, `deviation ${a}: ${value} for 1`));
  });

  it('in twelve coordinates too', () => {
    const twelve = survey(bowl(new Array<number>(12).fill(1), new Array<number>(12).fill(0)), new Array<[number, number]>(12).fill([-5, 5]), 1);
    twelve.standardDeviation.forEach((value, a) => assert.ok(value > 0.5 && value < 2, `deviation ${a}: ${value} for 1`));
  });
});
