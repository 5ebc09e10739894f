import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadTarget } from '../src/cli/loadTarget.ts';
import * as bijection from '../examples/extend-bijection.ts';
import * as estimator from '../examples/extend-estimator.ts';
import * as kernel from '../examples/extend-kernel.ts';
import * as ownTarget from '../examples/extend-target.ts';
import { settingNamed } from '../src/settings/names.ts';
import { groups } from '../src/settings/settings.ts';
import { exportsOf } from './exports.ts';
import { fillNormal, keyFromSeed } from '../src/engine/random.ts';
import { createChains } from '../src/samplers/chainState.ts';
import type { Kernel } from '../src/samplers/kernel.ts';
import { compileEnergy } from '../src/targets/compile.ts';
import { differenceEvaluator } from '../src/targets/path.ts';
import { assertAgrees, assertPrintsFigures, coversItsModes, saidBy } from './examples.ts';
import { skewed, zScore } from './samplers/targets.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

// The others take longer: test-slow/examples.test.ts.
describe('examples', () => {
  for (const name of ['01-own-target.ts', '02-tempering-only.ts']) it(`${name} runs and prints figures`, () => assertPrintsFigures(name));
});

it('the check of modes refuses a flow that has lost one', () => {
  const line = (mode: string, flow: number): string => `${mode}: exact 0.5000, flow ${flow.toFixed(4)}, weighted 0.5000 ± 0.0050\n`;
  const said = (flows: readonly number[], ess: number): string => `${flows.map((flow, k) => line(`mode ${k}`, flow)).join('')}ESS ${ess} %\n`;
  coversItsModes(said([0.6, 0.4], 90), 2);
  assert.throws(() => coversItsModes(said([0.8, 0.2], 90), 2), /mode 1 a mass of 0\.2/, 'a lost mode');
  assert.throws(() => coversItsModes(said([1], 90), 2), /one line per mode/, 'a mode unseen');
  assert.throws(() => coversItsModes(said([0.5, 0.5], 20), 2), /ESS 20/, 'a low ESS');
});

describe('adding your own', () => {
  for (const [name, { main }, figures] of [
    ['estimator', estimator, 1], ['target', ownTarget, 2], ['kernel', kernel, 1], ['bijection', bijection, 1],
  ] as const) {
    it(`extend-${name}.ts says what is true`, async () => assert.equal(assertAgrees(await saidBy(main)), figures));
  }

  it('the check of figures refuses one that is six errors off', () => {
    assert.equal(assertAgrees('log Z = 1.0000 ± 0.0100 (exact 1.0400), x = -2.0 ± 0.1 (exact -2.1)'), 2);
    assert.throws(() => assertAgrees('log Z = 1.0000 ± 0.0100 (exact 1.0600)'), /1 ± 0.01 for 1.06/);
  });

  it('the median knows of weights, and counts those that are none', () => {
    // Weights e^{x − ½} make N(1, 1) of N(0, 1).
    const x = new Float64Array(20_000);
    fillNormal(keyFromSeed(9), 0, x);
    const { value, standardError } = estimator.weightedMedian(x, x.map((each) => each - 0.5));
    assert.ok(Math.abs(value - 1) < 5 * standardError && standardError < 0.05, `${value} ± ${standardError}`);
    const equal = estimator.weightedMedian(x, new Float64Array(x.length));
    assert.ok(Math.abs(equal.value - 1) > 20 * equal.standardError, 'without weights it is another median');
    const odd = x.map((each, i) => (i % 1000 === 0 ? (i % 2000 === 0 ? NaN : Infinity) : each - 0.5));
    const counted = estimator.weightedMedian(x, odd);
    assert.equal(counted.nonFinite, 20);
    assert.ok(Math.abs(counted.value - 1) < 5 * counted.standardError, `${counted.value}`);
    assert.throws(() => estimator.weightedMedian(x, odd.subarray(1)), { name: 'InputError', message: /20000 values, 19999/ });
  });

  it('the gradient of the trough is its slope', () => {
    const [x, h] = [Float64Array.of(0.7, -0.4, -1.3, 2.1), 1e-6];
    const [values, gradients] = [new Float64Array(2), new Float64Array(4)];
    ownTarget.trough.energiesAndGradients(x, 2, values, gradients);
    const at = (j: number, by: number): number => {
      ownTarget.trough.energies(x.map((each, k) => (k === j ? each + by : each)), 2, values);
      return values[j >> 1];
    };
    for (let j = 0; j < 4; j++) assert.ok(Math.abs((at(j, h) - at(j, -h)) / (2 * h) - gradients[j]) < 1e-8, `coordinate ${j}`);
  });

  describe('the random walk', () => {
    const { randomWalk, largestScore } = kernel;
    it('leaves a Gaussian alone, and without its rule it does not', () => {
      const hotter: Kernel = { ...randomWalk, advance: (state, ...rest) =>
        randomWalk.advance({ ...state, inverseTemperatures: new Float64Array(state.chains).fill(0.5) }, ...rest) };
      const { z, rate } = largestScore(randomWalk);
      assert.ok(z < 5 && rate > 0.1 && rate < 0.9, `${z} at a rate of ${rate}`);
      assert.ok(largestScore(hotter).z > 10, 'one that accepts by half of the energy');
    });

    it('leaves the ends of a bridge alone: at λ = 0 the base, and not a flat density', () => {
      const [{ gaussian }, chains] = [kernel, 20_000];
      const difference = differenceEvaluator(gaussian, compileEnergy(gaussian));
      const positions = new Float64Array(2 * chains);
      fillNormal(keyFromSeed(4), 0, positions);
      const [width] = gaussian.base.standardDeviation;
      const square = (reference: boolean): number => {
        const state = createChains({
          energy: difference, positions: positions.map((each) => width * each), inverseTemperatures: 0, stepSizes: 0.5, key: keyFromSeed(5),
          ...(reference ? { reference: gaussian.base } : {}),
        });
        randomWalk.advance(state, difference, gaussian.domain, 20);
        return Math.abs(zScore(state.positions, 2, ([x]) => x * x, width * width).z);
      };
      assert.ok(square(true) < 5, `${square(true)}`);
      assert.ok(square(false) > 10, 'without its reference the density at β = 0 is flat');
    });

    it('keeps its state together, and has the same bits however chains and steps are split', () => {
      const start = (first: number, count: number): ReturnType<typeof createChains> => createChains({
        energy: skewed.energy, positions: skewed.sample(keyFromSeed(2), 7).slice(2 * first, 2 * (first + count)),
        inverseTemperatures: 1, stepSizes: 0.2, key: keyFromSeed(6), firstChain: first,
      });
      const whole = start(0, 7);
      randomWalk.advance(whole, skewed.energy, skewed.domain, 9);
      const [energies, gradients] = [new Float64Array(7), new Float64Array(14)];
      skewed.energy.energiesAndGradients(whole.positions, 7, energies, gradients);
      assert.deepEqual([whole.energies, whole.gradients], [energies, gradients], 'a state holds those of its positions');
      const parts = [start(0, 3), start(3, 4)];
      for (const part of parts) for (const steps of [4, 5]) randomWalk.advance(part, skewed.energy, skewed.domain, steps);
      for (const name of ['positions', 'energies', 'gradients', 'accepted'] as const) {
        assert.deepEqual(parts.flatMap((part) => Array.from(part[name])), Array.from(whole[name]), name);
      }
    });
  });
});

describe('documentation', () => {
  const read = (file: string): string => readFileSync(join(root, file), 'utf8');
  const blocksOf = (file: string): string[] => [...read(file).matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1]);
  /** Within src/, src/pipeline/ or the project. */
  const isThere = (module: string): boolean => ['src', 'src/pipeline', '.'].some((folder) => existsSync(join(root, folder, module)));

  for (const [file, least] of [['docs/theory.md', 30], ['docs/design.md', 20], ['docs/extending.md', 15], ['CONTRIBUTING.md', 3]] as const) {
    it(`${file} names modules that exist`, () => {
      const modules = [...read(file).matchAll(/`([a-z]+\/[A-Za-z/.-]+\.ts)`/g)].map((match) => match[1]);
      assert.ok(modules.length >= least, `${file} names only ${modules.length} modules`);
      assert.deepEqual(modules.filter((module) => !isThere(module)), [], `${file} names modules that do not exist`);
    });
  }

  it('the way of the options in docs/design.md goes through files that exist', () => {
    const way = /From the command line to the samples[\s\S]*?```\n([\s\S]*?)```/.exec(read('docs/design.md'))?.[1] ?? '';
    const files = [...way.matchAll(/^ +((?:[a-z]+\/)+[A-Za-z]+\.ts)/gm)].map((match) => match[1]);
    assert.ok(files.length > 12, `${files.length} files`);
    assert.deepEqual(files.filter((file) => !existsSync(join(root, 'src', file))), [], 'files that do not exist');
  });

  describe("the README's code", () => {
    const blocks = blocksOf('README.md');
    it('is that of two examples, and of targets', () => {
      const [, ...firstRun] = read('examples/00-first-run.ts').split('\n');
      assert.deepEqual(blocks.filter((block) => block.includes('await sample(')), [firstRun.join('\n')], 'examples/00-first-run.ts');
      assert.equal(blocks[0], read('examples/double-well/target.ts'), 'examples/double-well/target.ts');
      assert.equal(blocks.length, 4);
    });

    const targets = blocks.filter((block) => block.includes('export default'));
    it('defines targets that load', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'jeffreys-readme-'));
      try {
        const rows = Array.from({ length: 64 }, (_, i) => `${i / 8},${Math.sin(i)}`);
        writeFileSync(join(folder, 'data.csv'), ['dose,response', ...rows].join('\n'));
        const names: string[] = [];
        for (const [k, code] of targets.entries()) {
          writeFileSync(join(folder, `target${k}.ts`), code);
          names.push((await loadTarget(join(folder, `target${k}.ts`))).target.name);
        }
        assert.deepEqual(names, ['tilted-double-well', 'my-posterior', 'my-double-well'], 'the README shows other targets');
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  });

  it("docs/targets.md's solution of Kepler's equation has the derivative that differences have", async () => {
    const folder = mkdtempSync(join(tmpdir(), 'jeffreys-targets-'));
    const [code, ...others] = blocksOf('docs/targets.md').filter((block) => block.includes('withChange'));
    assert.equal(others.length, 0);
    writeFileSync(join(folder, 'orbit.ts'), code);
    const evaluator = compileEnergy((await loadTarget(join(folder, 'orbit.ts'))).target);
    try {
      const plain = ([a, t]: readonly number[]): number => {
        const e = 0.8 / (1 + Math.exp(-a));
        const misfit = [0.3, 1.1, 1.9, 2.6].map((time, i) => {
          let [low, high] = [-10, 10];
          for (let k = 0; k < 80; k++) {
            const middle = (low + high) / 2;
            if (middle - e * Math.sin(middle) < time - t) low = middle;
            else high = middle;
          }
          return 1 - e * Math.cos(low) - [0.71, 0.95, 1.19, 1.32][i];
        });
        return 200 * misfit.reduce((sum, r) => sum + r * r, 0) + (a * a + t * t) / 2;
      };
      for (const point of [[0.4, -0.3], [-1.2, 0.8], [2, 0.1]]) {
        const [values, gradients] = [new Float64Array(1), new Float64Array(2)];
        evaluator.energiesAndGradients(Float64Array.from(point), 1, values, gradients);
        const slope = (k: number): number => {
          const [up, down] = [1e-5, -1e-5].map((by) => plain(point.map((value, i) => (i === k ? value + by : value))));
          return (up - down) / 2e-5;
        };
        assert.ok(Math.abs(values[0] - plain(point)) < 1e-9 * (1 + values[0]), `energy ${values[0]} at ${point.join()}`);
        for (const k of [0, 1]) assert.ok(Math.abs(gradients[k] - slope(k)) < 1e-5 * (1 + Math.abs(slope(k))), `slope ${k} at ${point.join()}: ${gradients[k]} and ${slope(k)}`);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('docs/extending.md quotes its examples', () => {
    const examples = ['estimator', 'target', 'kernel', 'bijection'].map((name) => read(`examples/extend-${name}.ts`));
    const blocks = blocksOf('docs/extending.md');
    assert.ok(blocks.length >= 6, `${blocks.length} blocks`);
    for (const block of blocks) assert.ok(examples.some((example) => example.includes(block)), `no example has:\n${block}`);
  });

  it('tells of every group of settings, and gives every name of the settings it mentions with --set', () => {
    const design = read('docs/design.md');
    for (const group of groups) assert.ok(design.includes(`| \`${group}\` |`), `docs/design.md has no line on ${group}`);
    for (const file of ['README.md', 'docs/design.md', 'docs/theory.md']) {
      const mentioned = [...read(file).matchAll(/--set ([A-Za-z.]+)=/g)].map((match) => match[1]);
      assert.deepEqual(mentioned.filter((name) => settingNamed(name) === null), [], `${file} sets what is no setting`);
    }
    const ofGroups = new RegExp(`\\b(?:${groups.join('|')})\\.(?!ts\\b)[a-z][A-Za-z]+(?=[=\`])`, 'g');
    const named = [...read('docs/theory.md').matchAll(ofGroups)].map(([name]) => name);
    assert.ok(named.length > 10, `${named.length} settings`);
    assert.deepEqual(named.filter((name) => settingNamed(name) === null), [], 'docs/theory.md names what is no setting');
  });

  it('every export of the library is documented where it is defined', () => {
    const exported = exportsOf(join(root, 'src/index.ts'));
    assert.ok(exported.length > 150, `${exported.length} exports`);
    assert.deepEqual(exported.filter(({ documented }) => !documented).map(({ name }) => name), [], 'exports without a word');
  });

  it('every dependency earns its place in docs/design.md', () => {
    const design = readFileSync(join(root, 'docs/design.md'), 'utf8');
    const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<'dependencies' | 'devDependencies', Record<string, string>>;
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
      assert.ok(design.includes(`\`${name}\``), `docs/design.md does not say what ${name} is for`);
      assert.match(version, /^\d/, `${name} is not pinned: ${version}`);
    }
  });
});
