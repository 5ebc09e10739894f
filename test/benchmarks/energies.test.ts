/** The energies that are measured are what they say: alanine dipeptide against OpenMM, the others against differences. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import { handOver, handResults, POINTS } from '../../src/benchmarks/cases/energy.ts';
import { alanineDipeptide } from '../../src/benchmarks/energies/alanineDipeptide.ts';
import { KT } from '../../src/benchmarks/energies/alanineParameters.ts';
import type { ArrayEnergy } from '../../src/benchmarks/energies/arrayEnergy.ts';
import { bayesianNetwork } from '../../src/benchmarks/energies/bayesianNetwork.ts';
import { latticePhi4 } from '../../src/benchmarks/energies/latticePhi4.ts';
import { radialVelocity } from '../../src/benchmarks/energies/radialVelocity.ts';
import { outsideOf } from '../../src/cli/bench/outside.ts';
import type { Executable } from '../../src/engine/executor.ts';
import { valueAndGradient } from '../../src/engine/numpy.ts';
import { compileReference } from '../../src/engine/reference.ts';
import { compileEnergy } from '../../src/targets/compile.ts';

/**
 * Five geometries by OpenMM 7.7 (Reference platform, double): atoms in nm, energies in kJ/mol in vacuum and with OBC1 and
 * ACE, forces of the latter in kJ/mol/nm.
 */
interface Geometry {
  readonly name: string;
  readonly positions: readonly (readonly number[])[];
  readonly vacuum: number;
  readonly obc1: number;
  readonly forces: readonly (readonly number[])[];
}
const geometries = JSON.parse(readFileSync(new URL('./fixtures/alanine.json', import.meta.url), 'utf8')) as Geometry[];

const referenceOf = ({ target: { energy, dimension } }: ArrayEnergy): Executable =>
  compileReference((x) => valueAndGradient(energy)(x), [{ shape: [dimension] }]);

describe('alanine dipeptide', () => {
  for (const medium of ['vacuum', 'obc1'] as const) {
    const reference = referenceOf(alanineDipeptide(medium));
    for (const geometry of geometries) {
      it(`${medium}: energy and forces of OpenMM at ${geometry.name}`, async () => {
        const [[energy], gradient] = await reference.run([Float64Array.from(geometry.positions.flat())]);
        assert.ok(Math.abs(KT * energy - geometry[medium]) < 1e-3, `${KT * energy} for ${geometry[medium]} kJ/mol`);
        if (medium === 'obc1') geometry.forces.flat().forEach((force, k) => {
          assert.ok(Math.abs(KT * gradient[k] + force) < 1e-2, `force ${k}: ${-KT * gradient[k]} for ${force} kJ/mol/nm`);
        });
      });
    }
  }
});

// jax-js's own exp and log are good to float32 only: compiled where that is quick, differences can be fine.
for (const energy of [latticePhi4(4), bayesianNetwork(20), radialVelocity(20)]) {
  const { target, points } = energy;
  const { dimension: d } = target;
  describe(target.name, () => {
    const compiled = compileEnergy(target);
    const reference = referenceOf(energy);
    const energyAt = (x: Float64Array): number => {
      const energies = new Float64Array(1);
      compiled.energies(x, 1, energies);
      return energies[0];
    };
    const gradientAt = (x: Float64Array): Float64Array => {
      const gradient = new Float64Array(d);
      compiled.energiesAndGradients(x, 1, new Float64Array(1), gradient);
      return gradient;
    };
    it('is finite at its points, which are the same at every call, and compiles to what it says', async () => {
      const x = points(6);
      assert.equal(x.length, 6 * d);
      assert.deepEqual(x, points(6));
      for (let i = 0; i < 6; i++) {
        const point = x.slice(i * d, (i + 1) * d);
        const [[u], gradient] = await reference.run([point]);
        assert.ok(Math.abs(energyAt(point) - u) < 1e-4 * (1 + Math.abs(u)));
        const size = Math.hypot(...gradient);
        gradientAt(point).forEach((entry, k) => assert.ok(Math.abs(entry - gradient[k]) < 1e-3 * size));
      }
    });
    it('has a gradient that differences agree with', () => {
      const x = points(1);
      const gradient = gradientAt(x);
      const size = Math.hypot(...gradient);
      // Along the gradient, and along a direction of no meaning.
      for (const direction of [gradient.map((g) => g / size), x.map((_, k) => Math.cos(k) / Math.sqrt(d))]) {
        const step = 1e-5;
        const at = (t: number): number => energyAt(x.map((value, k) => value + t * direction[k]));
        const slope = direction.reduce((sum, value, k) => sum + value * gradient[k], 0);
        const difference = (at(step) - at(-step)) / (2 * step);
        assert.ok(Math.abs(difference - slope) < 1e-5 * size, `${difference} for ${slope}`);
      }
    });
  });
}

const installed = spawnSync('/usr/bin/python3', ['-c', 'import numpy']).status === 0;
describe('the NumPy peer', { skip: installed ? false : 'numpy is not installed' }, () => {
  const outside = outsideOf(() => performance.now());
  after(() => outside.dispose());
  /** Starts only where its results are those that were handed to it. */
  async function compare(
    name: string, formula: string, energy: ArrayEnergy, tolerance: number, plain = false
  ): Promise<string> {
    const words = [
      '--name', name, '--data', handOver(outside, name, energy), '--formula', formula, '--chunk', '77',
      '--tolerance', String(tolerance), ...(plain ? ['--plain'] : []),
    ];
    const peer = await outside.peer({ script: 'array_energies.py', arguments: words });
    await peer.run();
    await peer.dispose();
    return peer.about ?? '';
  }
  for (const [formula, energy] of [
    ['phi4', latticePhi4(4)], ['network', bayesianNetwork(20)], ['radial-velocity', radialVelocity(20)],
  ] as const) {
    it(`has the energy and gradient of ${energy.target.name}`, async () => {
      const { target, points } = energy;
      const [energies, gradients] = [new Float64Array(POINTS), new Float64Array(POINTS * target.dimension)];
      compileEnergy(target).energiesAndGradients(points(POINTS), POINTS, energies, gradients);
      handResults(outside, target.name, energies, gradients);
      for (const plain of [false, true])
        assert.match(await compare(target.name, formula, energy, 1e-8, plain), /difference \d/);
      energies[300] += 1e-6 * (1 + Math.abs(energies[300]));
      handResults(outside, target.name, energies, gradients);
      await assert.rejects(compare(target.name, formula, energy, 1e-8), /are off by/);
    });
  }
  for (const medium of ['vacuum', 'obc1'] as const) {
    it(`has the energy and gradient of alanine dipeptide, ${medium}`, async () => {
      const energy = alanineDipeptide(medium);
      const { target: { name, dimension: d }, points } = energy;
      // One point, again and again: the reference is slow, and its exp and log are those of float32.
      const point = points(1);
      const [[u], gradient] = await referenceOf(energy).run([point]);
      const repeated = (values: ArrayLike<number>): Float64Array =>
        Float64Array.from({ length: POINTS * d }, (_, k) => values[k % d]);
      handResults(outside, name, new Float64Array(POINTS).fill(u), repeated(gradient));
      assert.match(await compare(name, 'alanine', { ...energy, points: () => repeated(point) }, 1e-5), /difference \d/);
    });
  }
});
