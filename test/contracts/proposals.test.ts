/** Every way to weighted samples: the weight of a pushed point is that of the same point pulled back. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { np } from '../../src/engine/numpy.ts';
import { fillNormal, foldIn, keyFromSeed } from '../../src/engine/random.ts';
import { settingsFor } from '../../src/experiments/presets.ts';
import { initialParameters } from '../../src/flows/initialise.ts';
import { architectureOf } from '../../src/pipeline/transport/architecture.ts';
import { pullBackFlow, streamSamples, type WeightedPiece } from '../../src/pipeline/proposal/draw.ts';
import { pullBackLadder, streamLadder } from '../../src/generators/ladderChain.ts';
import { pullBackRings, streamRings } from '../../src/pipeline/ring/lift.ts';
import { exactWeights, pullBackNoisy, streamNoisy, streamPushed } from '../../src/generators/noisyChain.ts';
import type { Settings } from '../../src/settings/settings.ts';
import { baseSamplers } from '../../src/targets/base.ts';
import { compileEnergy } from '../../src/targets/compile.ts';
import { definePathIntegral } from '../../src/targets/pathIntegral.ts';
import { ringOf } from '../../src/targets/ringBeads.ts';
import { defineTarget, type Target } from '../../src/targets/target.ts';
import type { ParameterArray } from '../../src/training/flowMap.ts';

const N = 2000;
const key = keyFromSeed(12);

/** A line, a circle and an interval. */
const mixed = defineTarget({
  name: 'line-circle-interval', dimension: 3, box: [[-4, 4], [0, 2 * Math.PI], [0, 1]], torus: { 1: [0, 2 * Math.PI] }, interval: { 2: [0, 1] }, base: { standardDeviation: 1.2 },
  energy: (x) => np.square(np.square(x.slice(0)).sub(1)).add(np.cos(x.slice(1)).mul(x.slice(0))).add(np.square(x.slice(2).sub(0.3)).mul(2)),
});
const ring = definePathIntegral({ name: 'anharmonic', potential: (q) => np.square(q.slice(0)).mul(0.5).add(np.cos(q.slice(0)).mul(0.4)), beta: 2, box: [-3, 3], modes: 3, beads: 8 });

type Own = Pick<Settings, 'precision'> & Settings;

/** A flow that is not the identity, nor nearly. */
function bent(target: Target, settings: Own, name: string): ParameterArray {
  const architecture = architectureOf(target, settings);
  const start = initialParameters(architecture, foldIn(key, name));
  const normals = new Float64Array(start.length);
  fillNormal(foldIn(key, `${name} bent`), 0, normals);
  const values = normals.map((z, i) => start[i] + 0.1 * z);
  return settings.precision === 'float64' ? values : Float32Array.from(values);
}

async function gathered(pieces: AsyncGenerator<WeightedPiece>): Promise<WeightedPiece> {
  for await (const piece of pieces) return piece;
  throw new Error('an empty stream');
}

interface Case {
  readonly name: string;
  readonly target: Target;
  /** Pushed points with their weights, and the weights of the same points pulled back. */
  readonly both: (settings: Own) => Promise<{ readonly pushed: Float64Array; readonly back: Float64Array }>;
}

const cases: readonly Case[] = [
  {
    name: 'one flow', target: mixed,
    async both(settings) {
      const source = { target: mixed, energy: compileEnergy(mixed), flow: { architecture: architectureOf(mixed, settings), parameters: bent(mixed, settings, 'flow') }, settings };
      const { samples, logWeights } = await gathered(streamSamples(source, key, N));
      const energies = new Float64Array(N);
      source.energy.energies(samples, N, energies);
      return { pushed: logWeights, back: await pullBackFlow(source, { samples, energies }) };
    },
  },
  {
    name: 'a ladder of flows', target: mixed,
    async both(settings) {
      const stages = [0.2, 0.6, 1].map((lambda, k) => ({ lambda, parameters: k === 1 ? null : bent(mixed, settings, `stage ${k}`), stepSize: 0.1 }));
      const source = { target: mixed, energy: compileEnergy(mixed), architecture: architectureOf(mixed, settings), stages, settings };
      const { samples, logWeights } = await gathered(streamLadder(source, key, 0, N));
      const energies = new Float64Array(N);
      source.energy.energies(samples, N, energies);
      return { pushed: logWeights, back: await pullBackLadder(source, { samples, energies }) };
    },
  },
  ...[1, 2].map((count): Case => ({
    name: `${count} ${count === 1 ? 'flow' : 'flows'} on noisy energies`, target: mixed,
    async both(settings) {
      const flow = { target: mixed, architecture: architectureOf(mixed, settings), settings, flows: Array.from({ length: count }, (_, k) => bent(mixed, settings, `noisy ${k}`)) };
      const energy = compileEnergy(mixed);
      const { samples, logWeights } = await gathered(streamNoisy(flow, exactWeights(flow, energy), key, N));
      const energies = new Float64Array(N);
      energy.energies(samples, N, energies);
      return { pushed: logWeights, back: await pullBackNoisy(flow, { samples, energies }) };
    },
  })),
  ...[3, 8, 21].map((beads): Case => ({
    name: `rings of ${beads} beads`, target: ring,
    async both(settings) {
      const { pathIntegral } = ring;
      assert.ok(pathIntegral !== undefined);
      const flow = { target: ring, pathIntegral, architecture: architectureOf(ring, settings), flows: [null, bent(ring, settings, 'ring')], settings };
      const lifted = ringOf(ring, pathIntegral, beads);
      const { samples, logWeights } = await gathered(streamRings(flow, lifted, key, N));
      return { pushed: logWeights, back: await pullBackRings(flow, lifted, samples) };
    },
  })),
];

/** Of what the weights themselves are made of: energies and logarithms of slopes, of some tens in the worst points. */
const TOLERANCE = { float32: 1e-5, float64: 1e-10 } as const;

describe('the weight of a pushed point is that of the point pulled back', () => {
  for (const { name, target, both } of cases) {
    for (const precision of ['float64', 'float32'] as const) {
      it(`${name}, ${precision}`, async (t) => {
        const { pushed, back } = await both({ ...settingsFor(target, 'quick', { precision, layers: 6, hidden: 12, bins: 8 }) });
        const errors = pushed.map((value, i) => Math.abs(value - back[i]) / Math.max(1, Math.abs(value))).sort();
        t.diagnostic(`median ${errors[N >> 1].toExponential(1)}, largest ${errors[N - 1].toExponential(1)}`);
        assert.ok(new Set(pushed).size > N / 2, 'weights differ');
        assert.ok(errors[N - 1] < TOLERANCE[precision], `${errors[N - 1]}`);
      });
    }
  }
});

describe('noisy runs start from the base points that are asked for', () => {
  for (const [baseSampling, fill] of Object.entries(baseSamplers)) {
    it(baseSampling, async () => {
      const settings = settingsFor(mixed, 'quick', { baseSampling, layers: 2, hidden: 8, bins: 4 });
      const flow = { target: mixed, architecture: architectureOf(mixed, settings), settings, flows: [bent(mixed, settings, 'noisy')] };
      const points = new Float64Array(N * mixed.dimension);
      fill(mixed.base, foldIn(key, 'base'), 0, N, points);
      for await (const { steps: [{ x }] } of streamPushed(flow, key, N)) assert.deepEqual(x, points);
    });
  }
});
