/** Weights of points through a flow and of their images back through it are the same: what training is judged by. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { fillNormal, foldIn, keyFromSeed } from '../../src/engine/random.ts';
import { alternatingMasks } from '../../src/flows/architecture.ts';
import { initialParameters } from '../../src/flows/initialise.ts';
import { sampleBase } from '../../src/targets/base.ts';
import { compileEnergy } from '../../src/targets/compile.ts';
import { threeWell } from '../../src/targets/threeWell.ts';
import { pullBack, pushForward } from '../../src/training/evaluation.ts';
import { FlowMap } from '../../src/training/flowMap.ts';
import { baseSource } from '../../src/training/source.ts';

it('points through a flow and back have one weight, and the identity that of the base', async () => {
  const { base, domain } = threeWell;
  const architecture = { domain, masks: alternatingMasks(2, 4), hidden: 8, bins: 6, activation: 'silu' as const };
  const key = keyFromSeed(5);
  const start = initialParameters(architecture, key);
  const noise = new Float64Array(start.length);
  fillNormal(foldIn(key, 'bend'), 0, noise);
  const bent = Float64Array.from(start, (value, k) => value + 0.3 * noise[k]);
  const [energy, source, n] = [compileEnergy(threeWell), baseSource(base), 200];
  const x = new Float64Array(2 * n);
  sampleBase(base, foldIn(key, 'points'), 0, n, x);
  const [forward, inverse] = await Promise.all((['forward', 'inverse'] as const).map((direction) =>
    FlowMap.compile(architecture, direction, n, { precision: 'float64' })));
  const [u0, u1] = [new Float64Array(n), new Float64Array(n)];
  for (const parameters of [bent, Float64Array.from(start)]) {
    const { images, logWeights } = await pushForward(forward, parameters, source, energy, x, n);
    source.energies(x, n, u0);
    energy.energies(images, n, u1);
    const back = await pullBack(inverse, parameters, source, images, u1, n);
    const gap = logWeights.reduce((most, value, i) => Math.max(most, Math.abs(value - back[i])), 0);
    assert.ok(gap < 1e-9, `${gap}`);
    const withoutLogDet = logWeights.every((value, i) => Math.abs(value - (u0[i] - u1[i])) < 1e-9);
    assert.equal(withoutLogDet, parameters !== bent, 'the log-determinant of a flow that bends counts');
  }
  await Promise.all([forward.dispose(), inverse.dispose()]);
});
