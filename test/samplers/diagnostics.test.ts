import assert from 'node:assert/strict';
import { extendedValue } from '../../src/records/figure.ts';
import { describe, it } from 'node:test';
import { keyFromSeed } from '../../src/engine/random.ts';
import { splitRhat } from '../../src/estimators/splitRhat.ts';
import { warningSchema } from '../../src/records/record.ts';
import { chainFunctions, mixingFigures } from '../../src/samplers/diagnostics.ts';
import { samplerWarnings } from '../../src/samplers/warnings.ts';
import type { ParallelTemperingFigures } from '../../src/samplers/parallelTemperingResult.ts';
import { circle, normals, real } from './targets.ts';

const good: ParallelTemperingFigures = {
  kernel: 'mala', ladders: 4, rounds: 1000, warmupRounds: 100, samples: 4000,
  inverseTemperatures: [0.1, 0.4, 1], stepSizes: [0.1, 0.1, 0.1], acceptanceRates: [0.6, 0.6, 0.6], swapRates: [0.5, 0.4], roundTrips: 50, barrier: 1.1,
  autocorrelationTimes: [{ name: 'energy', rounds: 2 }], splitRhat: [{ name: 'energy', value: 1.001 }, { name: 'x1', value: null }],
  effectiveSampleSize: 2000, nonFinite: 0, logZ: { value: 1, standardError: 0.01 },
};

describe('sampler warnings', () => {
  const cases: [string, Partial<ParallelTemperingFigures>, RegExp][] = [
    ['ladders-disagree', { splitRhat: [{ name: 'energy', value: 1.01 }, { name: 'x2', value: 1.31 }] }, /about x2 \(R-hat 1.31/],
    ['poor-ladder', { swapRates: [0.5, 0.03], barrier: 4.2 }, /only 3.0 % of tries .* use about 10 replicas/],
    ['no-round-trips', { roundTrips: 0 }, /in 1000 rounds/],
    ['low-acceptance', { acceptanceRates: [0.6, 0.02, 0.6] }, /mala at inverse temperature 0.400 accepts 2.0 %/],
    ['high-acceptance', { acceptanceRates: [0.6, 0.6, 0.99] }, /needlessly small/],
    ['few-samples', { effectiveSampleSize: 12.4 }, /only 12 independent/],
    ['non-finite', { nonFinite: 7 }, /at 7 points/],
    ['non-finite', { kernel: 'hmc', nonFinite: 7 }, /^7 trajectories/],
    ['uncertain-log-z', { logZ: { value: null, standardError: null } }, /overlap too little/],
    ['uncertain-log-z', { logZ: { value: 1, standardError: 0.7 } }, /uncertain/],
  ];
  it('are silent about a good run', () => {
    assert.deepEqual(samplerWarnings(good, { exact: true, nonFinite: 0 }), []);
    assert.deepEqual(samplerWarnings({ ...good, nonFinite: 5 }, { exact: true, nonFinite: 0 }), []);
    assert.deepEqual(samplerWarnings({ ...good, inverseTemperatures: [1], swapRates: [], acceptanceRates: [0.6], roundTrips: 0, barrier: null, logZ: null }, { exact: true, nonFinite: 0 }), []);
    assert.deepEqual(samplerWarnings({ ...good, acceptanceRates: [0.99, 0.6, 0.6] }, { exact: true, nonFinite: 0 }), []);
  });
  for (const [code, change, message] of cases) {
    it(`${code}: ${message.source}`, () => {
      const warnings = samplerWarnings({ ...good, ...change }, { exact: true, nonFinite: change.nonFinite ?? 0 });
      assert.deepEqual(warnings.map((warning) => warning.code), [code]);
      assert.match(warnings[0].message, message);
      assert.ok(warningSchema.safeParse(warnings[0]).success);
    });
  }
  it('biased-kernel', () => assert.deepEqual(samplerWarnings({ ...good, acceptanceRates: [null, null, null] }, { exact: false, nonFinite: 0 }).map(({ code, severity }) => [code, severity]), [['biased-kernel', 'note']]));
});

describe('mixing figures', () => {
  const [rounds, ladders] = [500, 4];
  it('sees every coordinate, circles by cosine and sine, in chain-major order', () => {
    const positions = Float64Array.from({ length: rounds * ladders * 2 }, (_, i) => i / 1000);
    const energies = Float64Array.from({ length: rounds * ladders }, (_, i) => i);
    const functions = [...chainFunctions([...real(1), ...circle(0, 4)], positions, energies, ladders)];
    assert.deepEqual(functions.map(({ name }) => name), ['energy', 'x1', 'cos x2', 'sin x2']);
    // Round r of ladder l is sample r·L + l.
    assert.equal(functions[0].values[2 * rounds + 3], 3 * ladders + 2);
    assert.equal(functions[1].values[rounds], positions[2]);
    assert.ok(Math.abs(functions[3].values[rounds] - Math.sin((Math.PI / 2) * positions[3])) < 1e-12);
  });

  it('an energy that is the same but for rounding tells nothing of mixing', () => {
    const positions = normals(keyFromSeed(6), rounds * ladders);
    // Rounding that goes on for long, as that of one chain does.
    const energies = Float64Array.from({ length: rounds * ladders }, (_, i) => 2 + 1e-12 * Math.floor(i / 500));
    const effective = (values: Float64Array): number => mixingFigures(chainFunctions(real(1), positions, values, ladders), ladders).effectiveSampleSize ?? NaN;
    assert.ok(effective(energies) > 1000 && effective(energies.map((value) => 2 + 1e4 * (value - 2))) < 100);
  });

  it('independent draws are worth their number; ladders apart are worth few, and R-hat says so', () => {
    const independent = mixingFigures([{ name: 'f', values: normals(keyFromSeed(3), rounds * ladders) }], ladders);
    assert.ok(Math.abs((independent.autocorrelationTimes[0].rounds ?? 0) - 1) < 0.3 && extendedValue(independent.splitRhat[0].value) < 1.01);
    const apart = normals(keyFromSeed(3), rounds * ladders).map((z, i) => z + 5 * (Math.floor(i / rounds) % 2));
    const figures = mixingFigures([{ name: 'f', values: normals(keyFromSeed(4), rounds * ladders) }, { name: 'g', values: apart }], ladders);
    assert.ok(extendedValue(figures.splitRhat[1].value) > 1.5 && (figures.effectiveSampleSize ?? Infinity) < 20, JSON.stringify(figures));
  });

  it('long runs are thinned for R-hat, and short or constant ones give null', () => {
    const long = normals(keyFromSeed(5), 4 * 30000).map((z, i) => z + (i >= 90000 ? 3 : 0));
    assert.ok(extendedValue(mixingFigures([{ name: 'f', values: long }], 4).splitRhat[0].value) > 1.2);
    const short = mixingFigures([{ name: 'f', values: new Float64Array(6) }], 2);
    assert.deepEqual(short, { autocorrelationTimes: [{ name: 'f', rounds: null }], splitRhat: [{ name: 'f', value: null }], effectiveSampleSize: null });
    assert.equal(mixingFigures([{ name: 'f', values: new Float64Array(40) }], 2).splitRhat[0].value, null);
  });

  it('many chains are thinned one by one', () => {
    const [chains, draws] = [4096, 17];
    const values = normals(keyFromSeed(6), chains * draws).map((z, i) => z + 3 * (Math.floor(i / draws) % 2));
    // Every third draw of each, so that 2^15 are left at most.
    const kept = Float64Array.from({ length: 5 * chains }, (_, i) => values[Math.floor(i / 5) * draws + 3 * (i % 5)]);
    const [{ value }] = mixingFigures([{ name: 'f', values }], chains).splitRhat;
    assert.equal(value, splitRhat(kept, chains).value);
  });

  it('chains that never move, each where it began, have an infinite R-hat, which is stored as such', () => {
    const stuck = Float64Array.from({ length: 4 * 100 }, (_, i) => Math.floor(i / 100));
    const [{ value }] = mixingFigures([{ name: 'f', values: stuck }], 4).splitRhat;
    assert.equal(value, 'Infinity');
    assert.equal(extendedValue(value), Infinity);
    const figures = { ...good, splitRhat: [{ name: 'x1', value }] };
    assert.match(samplerWarnings(figures, { exact: true, nonFinite: 0 }).map(({ code, message }) => `${code} ${message}`).join(), /ladders-disagree .*R-hat Infinity/);
  });
});
