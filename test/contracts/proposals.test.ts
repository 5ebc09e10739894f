/** What every proposal promises: streams that can be cut, weights of any point, log Z, shapes, moves and lifts. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { foldIn, keyFromSeed, type Key } from '../../src/engine/random.ts';
import { settingsFor } from '../../src/experiments/presets.ts';
import { InputError } from '../../src/errors.ts';
import { estimateLogZ } from '../../src/estimators/logZ.ts';
import { flowProposal } from '../../src/pipeline/kinds/oneFlow.ts';
import type { Proposal } from '../../src/pipeline/proposal/proposal.ts';
import { architectureOf } from '../../src/pipeline/transport/architecture.ts';
import { baseSamplers } from '../../src/targets/base.ts';
import { compileEnergy } from '../../src/targets/compile.ts';
import { proposals, type Made } from './proposals.ts';
import { mixed } from './proposalTargets.ts';

const N = 4000;
const key = keyFromSeed(12);
/** Standard errors that log Z may be off. */
const MOST = 5;

interface Drawn {
  readonly samples: Float64Array;
  readonly logWeights: Float64Array;
}

async function draw(proposal: Proposal, from: Key, total: number, first = 0): Promise<Drawn> {
  const [samples, logWeights]: [number[], number[]] = [[], []];
  for await (const piece of proposal.stream(from, total, first)) {
    assert.deepEqual([piece.first, piece.logWeights.length], [first + logWeights.length, piece.count], 'in a row');
    for (const value of piece.samples) samples.push(value);
    for (const value of piece.logWeights) logWeights.push(value);
  }
  assert.equal(logWeights.length, total);
  return { samples: Float64Array.from(samples), logWeights: Float64Array.from(logWeights) };
}

const widthOf = ({ shape }: Proposal): number => shape.reduce((product, length) => product * length, 1);

const same = (a: Float64Array, b: Float64Array): boolean =>
  a.length === b.length && a.every((value, i) => Object.is(value, b[i]));

function assertLogZ(
  { logZ, learned }: Pick<Made, 'logZ' | 'learned'>, { logWeights }: Drawn, what: string,
): void {
  const { value, standardError } = estimateLogZ(logWeights);
  assert.ok(standardError < 0.03 && learned < 0.3, `${what}: errors of ${standardError} and ${learned} see little`);
  const gap = Math.abs(value - logZ);
  assert.ok(gap < MOST * standardError + learned, `${what}: log Z = ${value} ± ${standardError} for ${logZ}`);
}

/** Of what the weights are made of, energies above all: some hundred times the rounding of a number of the network. */
const TOLERANCE = { float32: 1e-5, float64: 1e-10 } as const;

for (const { name, make } of proposals) {
  describe(name, () => {
    let found: Promise<Made & { readonly drawn: Drawn }> | null = null;
    const made = (): NonNullable<typeof found> => {
      found ??= make().then(async (all) => ({ ...all, drawn: await draw(all.proposal, key, N) }));
      return found;
    };

    it('sample i depends on the key and i alone', async () => {
      const { proposal, drawn } = await made();
      const width = widthOf(proposal);
      for (const [from, total] of [[0, 1], [1, 700], [701, 299], [N - 3, 3]]) {
        const { samples, logWeights } = await draw(proposal, key, total, from);
        assert.ok(same(samples, drawn.samples.slice(from * width, (from + total) * width)), `samples from ${from} on`);
        assert.ok(same(logWeights, drawn.logWeights.slice(from, from + total)), `weights from ${from} on`);
      }
      const other = await draw(proposal, foldIn(key, 'other'), 10);
      assert.ok(!same(other.samples, drawn.samples.slice(0, 10 * width)), 'another key');
    });

    it('draws the samples of its run from the key of that', async () => {
      const { proposal, own } = await made();
      if (own === null) return;
      const { logWeights } = await draw(proposal, own.key, own.logWeights.length);
      assert.ok(same(logWeights, own.logWeights), `${logWeights.slice(0, 4).join()}, stored ${own.logWeights[0]}, …`);
    });

    it('has flows', async () => {
      const { proposal: { transport: { stages } } } = await made();
      assert.equal(stages.at(-1)?.lambda, 1);
      assert.ok(stages.some(({ parameters }) => parameters !== null), `none in ${stages.length} stages`);
    });

    it('the weight of a point is that of the same point pulled back', async (t) => {
      const { proposal, precision, energies, drawn } = await made();
      const still = proposal.moving?.(0) ?? proposal;
      const { samples, logWeights } = still === proposal ? drawn : await draw(still, key, N);
      const points = { samples, energies: energies(samples) };
      if (name.endsWith(' 2 beads')) {
        await assert.rejects(proposal.pullBack(points), InputError, 'a ring that lacks modes does not determine them');
        return;
      }
      const back = await proposal.pullBack(points);
      const size = logWeights.map((value, i) => Math.max(1, Math.abs(value), Math.abs(points.energies[i])));
      const errors = logWeights.map((value, i) => Math.abs(value - back[i]) / size[i]).sort();
      t.diagnostic(`median ${errors[N >> 1].toExponential(1)}, largest ${errors[N - 1].toExponential(1)}`);
      assert.ok(new Set(logWeights).size > N / 2, 'weights differ');
      assert.ok(errors[N - 1] < TOLERANCE[precision], `${errors[N - 1]}`);
    });

    it('the mean of its weights is Z', async (t) => {
      const { drawn, ...all } = await made();
      t.diagnostic(`${JSON.stringify(estimateLogZ(drawn.logWeights))} ${all.logZ} ${all.learned}`);
      assertLogZ(all, drawn, 'its own samples');
    });

    it('its samples have the shape that they are written in', async () => {
      const { proposal, drawn: { samples } } = await made();
      const width = widthOf(proposal);
      assert.equal(samples.length, N * width);
      if (proposal.written === undefined) {
        const { chart, transport: { target } } = proposal;
        if (chart === undefined) assert.deepEqual(proposal.shape, [target.dimension]);
        else assert.equal(target.dimension, chart.target.dimension, 'flows in the coordinates of the chart');
        assert.equal(proposal.lift, undefined);
        return;
      }
      const written = proposal.written(samples);
      assert.equal(written.length, N * width);
      const [beads, p] = proposal.shape;
      assert.deepEqual([name.endsWith(` ${beads} beads`), proposal.lift?.(5).shape], [true, [5, p]]);
      for (let i = 0; i < N; i += 97) {
        for (let a = 0; a < p; a++) {
          let mean = 0;
          for (let b = 0; b < beads; b++) mean += written[(i * beads + b) * p + a] / beads;
          assert.ok(Math.abs(mean - samples[i * width + a]) < 1e-12, `ring ${i}: its first mode is its centroid`);
        }
      }
    });

    it('moves change samples and not Z', async () => {
      const { proposal, energies, logZ, learned } = await made();
      if (proposal.moving === undefined) return;
      const [still, moving] = [proposal.moving(0), proposal.moving(4)];
      const [rests, moved] = [await draw(still, key, N), await draw(moving, key, N)];
      const changes = proposal.transport.stages.length > 1;
      assert.equal(same(rests.samples, moved.samples), !changes);
      assertLogZ({ logZ, learned }, moved, 'moved samples');
      const cut = await draw(moving, key, 300, 500);
      const width = widthOf(proposal);
      assert.ok(same(cut.samples, moved.samples.slice(500 * width, 800 * width)), 'moves of sample i, too');
      const samples = moved.samples.slice(0, 50 * width);
      const points = { samples, energies: energies(samples) };
      assert.ok(same(await moving.pullBack(points), await still.pullBack(points)), 'no moves on the way back');
    });
  });
}

describe('streams start from the base points that are asked for', () => {
  for (const [baseSampling, fill] of Object.entries(baseSamplers)) {
    it(baseSampling, async () => {
      const { flow, output } = settingsFor(mixed, 'quick', { baseSampling });
      const stages = [{ lambda: 1, parameters: null, stepSize: 0 }];
      const transport = { target: mixed, architecture: architectureOf(mixed, flow), stages, output };
      const points = new Float64Array(N * mixed.dimension);
      fill(mixed.base, key, 0, N, points);
      const { samples } = await draw(flowProposal(transport, compileEnergy(mixed)), key, N);
      assert.ok(same(samples, points));
    });
  }
});
