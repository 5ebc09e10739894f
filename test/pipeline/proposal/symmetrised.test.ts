/** Proposals made symmetric: weights that are right also where only blocks are summed over, and where U is no friend. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { np } from '../../../src/engine/numpy.ts';
import { keyFromSeed } from '../../../src/engine/random.ts';
import { estimateLogZ } from '../../../src/estimators/logZ.ts';
import { logMeanExp } from '../../../src/numerics/logSumExp.ts';
import type { Proposal } from '../../../src/pipeline/proposal/proposal.ts';
import { symmetrised } from '../../../src/pipeline/proposal/symmetrised.ts';
import { walledEnergy } from '../../../src/targets/charts/walled.ts';
import { compileEnergy } from '../../../src/targets/compile.ts';
import { symmetryGroup } from '../../../src/targets/symmetry/group.ts';
import { declaredSymmetry } from '../../../src/targets/symmetry/particles.ts';
import { defineTarget } from '../../../src/targets/target.ts';
import { bonded, logZOfBonded } from '../../contracts/proposalTargets.ts';
import { bentOfBodies, symmetricProposal } from '../../contracts/proposals.ts';

const key = keyFromSeed(6);

async function draw(proposal: Proposal, n: number, d: number): Promise<{ x: Float64Array; logWeights: Float64Array }> {
  const [x, logWeights] = [new Float64Array(n * d), new Float64Array(n)];
  for await (const piece of proposal.stream(key, n)) {
    x.set(piece.samples, piece.first * d);
    logWeights.set(piece.logWeights, piece.first);
  }
  return { x, logWeights };
}

function assertLogZ(logWeights: Float64Array, truth: number): void {
  const { value, standardError } = estimateLogZ(logWeights);
  assert.ok(standardError < 0.05 && Math.abs(value - truth) < 5 * standardError, `${value} ± ${standardError}, not ${truth}`);
}

describe('a symmetric proposal', () => {
  it('has the right log Z and weights where blocks alone are summed over', async () => {
    for (const [most, n] of [[4, 20_000], [8, 8000], [24, 4000]]) {
      const d = 8;
      const target = bonded(4, 2);
      const proposal = symmetricProposal(target, 2, 'float64', most);
      const { x, logWeights } = await draw(proposal, n, d);
      assertLogZ(logWeights, logZOfBonded(4, 2));
      const energies = new Float64Array(n);
      compileEnergy(target).energies(x, n, energies);
      const back = await proposal.pullBack({ samples: x, energies });
      const inside = back.filter((_, i) => logWeights[i] > -Infinity);
      assert.ok(inside.length > n / 50 && inside.length < n, `${inside.length} within the blocks of ${most}`);
      back.forEach((value, i) => {
        if (logWeights[i] > -Infinity) assert.ok(Math.abs(value - logWeights[i]) < 1e-9, `${value}, ${logWeights[i]}`);
      });
    }
  });

  it('leaves its share to representatives', async () => {
    for (const [count, p] of [[3, 2], [3, 3]] as const) {
      const target = bonded(count, p);
      const { inner, chart, group } = bentOfBodies(target, p, 'float64');
      const walled = inner(walledEnergy(compileEnergy(chart.target), chart, group));
      const { logWeights } = await draw(walled, 8000, chart.target.dimension);
      const within = logWeights.filter((value) => value > -Infinity).length;
      assert.ok(within > 800 && within < 8000, `${within} of 8000 within the walls`);
      assertLogZ(logWeights, logZOfBonded(count, p) - Math.log(12));
    }
  });

  it('draws every particle alike, from every side', async () => {
    const { x, logWeights } = await draw(symmetricProposal(bonded(4, 2), 2, 'float64'), 4000, 8);
    // Each coordinate has mean 0 and the variance (3/(0.8 · 4) + 1/(0.6 · 4))/4.
    const expected = (3 / 3.2 + 1 / 2.4) / 4;
    const log = logMeanExp(logWeights);
    for (let j = 0; j < 8; j++) {
      const terms = logWeights.map((value, i) => Math.exp(value - log) * (x[i * 8 + j] ** 2 - expected));
      const mean = terms.reduce((sum, value) => sum + value, 0) / 4000;
      const error = Math.sqrt(terms.reduce((sum, value) => sum + value * value, 0)) / 4000;
      assert.ok(Math.abs(mean) < 5 * error, `coordinate ${j}: ${mean} ± ${error}`);
    }
  });

  it('is right for an energy that is not symmetric', async () => {
    // A field pulls at one coordinate of one particle: log Z gains f² · its variance / 2. Representatives have the
    // farthest particle in its place.
    const plain = bonded(3, 2);
    const pulled = defineTarget({
      name: 'pulled', dimension: 6, box: [-6, 6], energy: (x) => plain.energy(x).sub(x.slice(0).mul(1.2)),
    });
    const variance = (2 / 2.4 + 1 / 1.8) / 3;
    const { logWeights } = await draw(symmetricProposal(pulled, 2, 'float64'), 16_000, 6);
    assertLogZ(logWeights, logZOfBonded(3, 2) + 0.72 * variance);
  });

  it('counts images that the proposal cannot make as none, and shows what is not a number', async () => {
    const target = defineTarget({
      name: 'apart', dimension: 4, box: [-6, 6], energy: (x) => np.square(x).sum().mul(0.5),
    });
    const symmetry = declaredSymmetry('apart', { count: 2, dimension: 2, rotations: false }, target.domain);
    const group = symmetryGroup(symmetry, Float64Array.of(1, 0, -1, 0));
    /** q = 1 where the first particle is to the right, 0 elsewhere, unknown on the line. */
    const inner = {
      ...symmetricProposal(bonded(2, 2), 2, 'float64'),
      pullBack: ({ samples, energies }: { samples: Float64Array; energies: Float64Array }) => Promise.resolve(
        energies.map((u, i) => (samples[4 * i] > 0 ? -u : samples[4 * i] < 0 ? Infinity : NaN))),
    };
    const proposal = symmetrised(inner, group, compileEnergy(target));
    const samples = Float64Array.of(1, 0, -1, 0, /* both */ 1, 0, 2, 0, /* neither */ -1, 0, -2, 0, 0, 1, 1, 1);
    const weights = await proposal.pullBack({ samples, energies: new Float64Array(4) });
    assert.deepEqual(Array.from(weights, (value) => Math.exp(value)), [2, 1, Infinity, NaN]);
  });

  it('gives no weight to what is so far out that its density cannot be told, and shows where that matters', async () => {
    const target = defineTarget({
      name: 'apart', dimension: 4, box: [-6, 6], energy: (x) => np.square(x).sum().mul(0.5),
    });
    const group = symmetryGroup(
      declaredSymmetry('apart', { count: 2, dimension: 2, rotations: false }, target.domain), Float64Array.of(1, 0, -1, 0)
    );
    const drawn = Float64Array.of(1, 0, -1, 0, 1000, 0, -1, 0, 1e9, 0, -1e9, 0, 3, 0, -1, 0);
    /** The density is beyond all numbers, or none, from the second point on. */
    const inner: Proposal = {
      ...symmetricProposal(bonded(2, 2), 2, 'float64'),
      stream: async function* () {
        await Promise.resolve();
        yield { first: 0, count: 4, samples: drawn.slice(), logWeights: new Float64Array(4) };
      },
      pullBack: ({ samples, energies }) => Promise.resolve(energies.map((u, i) => {
        const [a, b] = [samples[4 * i], samples[4 * i + 2]].map(Math.abs).sort((x, y) => y - x);
        return a === 1 ? -u : b > 1 ? NaN : Infinity;
      })),
    };
    const logWeights = new Float64Array(4);
    for await (const piece of symmetrised(inner, group, compileEnergy(target)).stream(key, 4)) logWeights.set(piece.logWeights);
    assert.deepEqual(Array.from(logWeights.subarray(1)), [-Infinity, -Infinity, Infinity]);
    assert.ok(Number.isFinite(logWeights[0]), `${logWeights[0]}`);
  });
});
