/** Ladders that are killed and stopped in every phase end with the bits of those left alone; published ones begin and stop. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import {
  assertDone,
  assertRefused,
  jeffreys,
  jeffreysInTurn,
  start,
  temporaryFolder,
} from '../../test/cli/jeffreys.ts';
import { assertBeginsAndStops, damage, OFTEN, SHORT_TEMPERING, stageDamages } from '../../test/cli/ladderRuns.ts';
import { assertStopped, between, RunsIn, until, words, type Moment } from '../../test/cli/runs.ts';

const folder = temporaryFolder();
after(folder.remove);
const cwd = folder.path;
const runs = new RunsIn(cwd, OFTEN);
const { at, recordOf, resultOf, eventsOf, bitsOf, assertSame, checkpoint, stopAt, within } = runs;

/** Some seconds: tempering, an adaptive ladder with steps that are tried again, and a final generation that take their time. */
const LONGER = ['--preset', 'quick', '--seed', '2',
  ...words('generator=ladder path=interpolation hottest=0.02 replicas=6 ladders=16 rounds=400 warmupRounds=50'),
  ...words('stepsPerRound=30 layers=2 hidden=8 bins=4 particles=1000 groups=4 stageSamples=1000 samples=20000'),
  ...words('rejuvenation=10 freshRejuvenation=30 batch=100 stageSteps=40 targetCess=0.9')];

const finishedStages = (events: string): number =>
  Math.max(0, ...Array.from(events.matchAll(/"kind":"stage","stage":(\d+)/g), ([, stage]) => Number(stage)));
const tempering = within('pt');
const training: Moment = {
  name: 'in the training of a later stage',
  come: (run, events) => events.includes('"kind":"stage"') && checkpoint(run, finishedStages(events) + 1, 'flow'),
};
const retry: Moment = {
  name: 'when a step is to be tried again',
  come: (_, events) => events.includes('trying a shorter step'),
};
const generation: Moment = {
  name: 'in the final generation',
  come: (_, events) => events.includes('"phase":"fresh","resumed":false'),
};

describe('interruption of a ladder', () => {
  before(async () => {
    assertDone(await jeffreys(['run', 'himmelblau', ...LONGER, '--out', 'undisturbed', '--quiet'], { cwd }));
  });

  it('SIGKILL in tempering, in training, at a shrunk step and in the final generation changes no bit', async (t) => {
    const { stages } = resultOf('undisturbed').ladder ?? { stages: [] };
    t.diagnostic(`${stages.length} stages, retries ${stages.map(({ retries }) => retries).join(' ')}`);
    assert.ok(stages.some(({ retries }, k) => retries > 0 && k >= 2), 'the run has a shrunk step');
    const moments = [tempering, training, retry, generation];
    const killed = await stopAt(moments, 'SIGKILL', 'killed', ['himmelblau', ...LONGER]);
    for (const { signal } of killed) assert.equal(signal, 'SIGKILL');
    assertDone(await jeffreys(['resume', 'killed', '--quiet'], { cwd }));
    assertSame('killed', 'undisturbed');
  });

  const stop = async (moment: Moment): Promise<void> => {
    const [outcome] = await stopAt([moment], 'SIGINT', 'stopped', ['himmelblau', ...LONGER]);
    assertStopped(outcome, 'stopped');
    assert.equal(recordOf('stopped').state, 'interrupted', `${moment.name}: the record says so`);
    assert.ok(!existsSync(at('stopped/.lock')), `${moment.name}: the directory is given free`);
  };
  // In tempering: see the published ladders below.
  it('SIGINT in training exits with 130 and says how to go on', () => stop(training));
  it('a run with a damaged stage is not resumed', async () => {
    for (const [k, [file, bytes]] of stageDamages.entries()) {
      cpSync(at('stopped'), at(`cut-${k}`), { recursive: true });
      damage(at(`cut-${k}/${file}`), bytes);
    }
    const sample = ['sample', 'stopped', '-n', '5', '--out', 'x.npy'];
    const commands = [sample, ...stageDamages.map((_, k) => ['resume', `cut-${k}`])];
    const [sampled, ...outcomes] = await jeffreysInTurn(commands, cwd);
    assertRefused(sampled, /stopped is not complete \(interrupted\); finish it with `jeffreys resume stopped`/);
    for (const [k, [, , says]] of stageDamages.entries()) assertRefused(outcomes[k], says);
    // The first one is mended, and goes on below.
    cpSync(at(`stopped/${stageDamages[0][0]}`), at(`cut-0/${stageDamages[0][0]}`));
    rmSync(at('stopped'), { recursive: true });
    renameSync(at('cut-0'), at('stopped'));
  });
  it('mended, stopped once more in the final generation and resumed, it has the same bits', async () => {
    await stop(generation);
    assertDone(await jeffreys(['resume', 'stopped', '--quiet'], { cwd }));
    assertSame('stopped', 'undisturbed');
  });
});

describe('the published ladders', () => {
  for (const name of ['gmm-3d', 'rosenbrock-4d', 'rastrigin-8d', 'solvated-16d']) {
    it(`${name} says what it takes, begins, and stops within seconds`, () => assertBeginsAndStops(runs, name));
  }
});

describe('the experiment short-tempering', () => {
  let shown: string;
  let killedIn: (string | null)[];
  before(async () => {
    const process_ = start(['run', ...SHORT_TEMPERING, '--out', 'short', '--quiet', ...OFTEN], { cwd });
    const underWay = await until(process_, () => eventsOf('short/ladder').includes('"kind":"stage"'));
    process_.child.kill('SIGKILL');
    const { stderr } = await process_.ended;
    assert.ok(underWay, `the ladder was under way: ${stderr}`);
    killedIn = ['one-flow', 'ladder'].map((id) => recordOf(`short/${id}`).state);
    const settings = Object.entries(recordOf('short/ladder').settings)
      .flatMap(([name, value]) => ['--set', `${name}=${String(value)}`]);
    await stopAt([between], 'SIGKILL', 'alone', ['forty-modes', '--preset', 'quick', ...settings]);
    shown = assertDone(await jeffreys(['resume', 'short'], { cwd }));
  });

  it('was killed in its second run', () => assert.deepEqual(killedIn, ['complete', 'running'], 'states at the kill'));
  it('is taken up again, and ends with a table and a page', () => {
    for (const row of [/^one-flow +unknown +\d/m, /^ladder, its particles +unknown +4 /m, /^ladder +unknown +\d/m]) {
      assert.match(shown, row, 'a row');
    }
    assert.match(readFileSync(at('short/report.html'), 'utf8'), /^<!doctype html>/i, 'the page');
  });
  it('the shared tempering changes no bit: a run alone, stopped after its first stage, begins with the same arrays', () => {
    const [whole, begun] = [bitsOf('short/ladder'), bitsOf('alone')];
    const names = Object.keys(begun).filter((name) => /^stage-0[01]\//.test(name) && !name.includes('checkpoint'));
    const [particles, path] = ['stage-01/ensemble.npy', 'stage-00/path.npy'];
    assert.ok(names.includes(particles) && names.includes(path), 'tempering and a stage');
    for (const name of names) assert.equal(begun[name], whole[name], name);
  });
});
