/** Runs on noisy energies that are killed and stopped, in every phase and at random, end with the bits of one left alone. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { keyFromSeed, uniform } from '../../src/engine/random.ts';
import {
  assertDone,
  assertRefused,
  hashOf,
  jeffreys,
  jeffreysInTurn,
  jsonOf,
  start,
  temporaryFolder,
  type Outcome,
} from '../../test/cli/jeffreys.ts';
import { LADDER, TINY } from '../../test/cli/noisyRuns.ts';
import { assertStopped, between, RunsIn, until, words } from '../../test/cli/runs.ts';

const folder = temporaryFolder();
after(folder.remove);
const cwd = folder.path;
const { at, recordOf, eventsOf, often, assertSame, stopAt, within } = new RunsIn(cwd);

/** Long enough to be stopped in every phase. */
const LONGER = ['--preset', 'quick', '--seed', '5', ...words('rounds=150 warmupRounds=20 steps=60 layers=2 hidden=8'),
  ...words('bins=8 samples=4000 weightSteps=150 weightHidden=8 weightBatch=500 compared=2000')];

describe('interruption of a run on noisy energies', () => {
  const given = ['noisy-gmm-2d', ...LONGER];
  /** Milliseconds that an undisturbed run takes once it has started. */
  let whole: number;
  before(async () => {
    const outcome = await jeffreys(['run', ...given, '--out', 'undisturbed', '--json'], { cwd });
    const { seconds } = jsonOf(outcome) as { seconds: number };
    whole = 1000 * seconds;
  });

  it('SIGKILL and SIGINT in its phases change no bit', async () => {
    const phases = [['flow', 'SIGINT'], ['learned-full', 'SIGKILL'], ['learned-stochastic', 'SIGINT']] as const;
    for (const [phase, signal] of phases) {
      const [outcome] = await stopAt([within(phase)], signal, 'stopped', given);
      if (signal === 'SIGKILL') assert.equal(outcome.signal, signal);
      else {
        assertStopped(outcome, 'stopped');
        assert.equal(recordOf('stopped').state, 'interrupted', 'the record says so');
        assert.ok(!existsSync(at('stopped/.lock')), 'the directory is given free');
      }
    }
    const commands = ['sample stopped -n 5 --out x.npy', 'resume stopped --quiet'].map((text) => text.split(' '));
    const [sampled, resumed] = await jeffreysInTurn(commands, cwd);
    assertRefused(sampled, /stopped is not complete \(interrupted\); finish it with `jeffreys resume stopped`/);
    assertDone(resumed);
    assertSame('stopped', 'undisturbed');
  });
  it('SIGKILL at random instants changes no bit', async (t) => {
    const random = keyFromSeed(2604);
    let [run, kills] = [0, 0];
    for (let attempt = 0; attempt < 3; attempt++) {
      const name = `random-${run}`;
      const begun = existsSync(at(`${name}/run.json`));
      const verb = begun ? ['resume', name] : ['run', ...given, '--out', name];
      const process_ = start([...verb, ...often, '--quiet'], { cwd });
      const events = eventsOf(name).length;
      await until(process_, () => eventsOf(name).length > events);
      await Promise.race([pause(0.5 * whole * uniform(random, attempt)), process_.ended]);
      process_.child.kill('SIGKILL');
      const outcome = await process_.ended;
      if (outcome.signal === 'SIGKILL') kills += 1;
      else {
        assertDone(outcome);
        assertSame(name, 'undisturbed');
        run += 1;
      }
    }
    t.diagnostic(`${kills} kills, ${run + 1} runs`);
    if (!existsSync(at(`random-${run}/run.json`))) return;
    assertDone(await jeffreys(['resume', `random-${run}`, '--quiet'], { cwd }));
    assertSame(`random-${run}`, 'undisturbed');
  });
});

describe('a ladder of flows on noisy energies', () => {
  it('has the same bits after kills in its phases and between its stages', async () => {
    const given = ['noisy-gmm-2d', ...LADDER];
    assertDone(await jeffreys(['run', ...given, '--out', 'ladder', '--quiet'], { cwd }));
    await stopAt([within('learned-full', 1), between], 'SIGKILL', 'again', given);
    const [outcome] = await stopAt([within('learned-stochastic', 2)], 'SIGINT', 'again', given);
    assertStopped(outcome, 'again');
    assertDone(await jeffreys(['resume', 'again', '--quiet'], { cwd }));
    assertSame('again', 'ladder');
  });
});

describe('the experiment resgld-gmm-2d', () => {
  const IDS = ['naive', 'naive-svrg', 'corrected', 'corrected-svrg'];
  const stateOf = (id: string): string | null =>
    (existsSync(at(`grid/${id}/run.json`)) ? recordOf(`grid/${id}`).state : null);
  const states: (string | null)[][] = [];
  let outcomes: Outcome[];
  before(async () => {
    const stopIn = async (id: string, phase: string, signal: NodeJS.Signals): Promise<Outcome> => {
      const verb = existsSync(at('grid')) ? ['resume', 'grid'] : ['run', 'resgld-gmm-2d', ...TINY, '--out', 'grid'];
      const process_ = start([...verb, ...often, '--quiet'], { cwd });
      const came = await until(process_, () => eventsOf(`grid/${id}`).includes(`"phase":"${phase}"`));
      process_.child.kill(signal);
      const outcome = await process_.ended;
      assert.ok(came, `the experiment ended before ${phase} of ${id}: ${outcome.stderr}`);
      states.push(IDS.map(stateOf));
      return outcome;
    };
    await stopIn('naive-svrg', 'flow', 'SIGKILL');
    assertStopped(await stopIn('corrected', 'learned-full', 'SIGINT'), 'grid');
    const commands = ['show grid', 'resume grid/corrected', 'resume grid --json', 'show grid', 'report grid'];
    const alone = ['run', 'noisy-gmm-2d', ...TINY, '--out', 'alone', '--quiet'];
    outcomes = await jeffreysInTurn([...commands.map((text) => text.split(' ')), alone], cwd);
  });

  it('was killed in its second run, and stopped in its third', () => {
    const expected = [['complete', 'running', null, null], ['complete', 'complete', 'interrupted', null]];
    assert.deepEqual(states, expected, 'states');
    assert.match(assertDone(outcomes[0]), /2 of 4 runs are complete; go on with `jeffreys resume grid`/, 'shown');
    assertRefused(outcomes[1], /grid\/corrected is a run of the experiment grid; go on with `jeffreys resume grid`/);
  });
  it('resume --json runs the rest and prints one object', () => {
    const result = jsonOf(outcomes[2]) as { experiment: string; complete: boolean; runs: { id: string }[] };
    assert.deepEqual([result.experiment, result.complete], ['resgld-gmm-2d', true], 'the whole of it');
    assert.deepEqual(result.runs.map(({ id }) => id), IDS, 'its runs');
  });
  it('neither sharing nor a stop changes a bit of a run', () => {
    const hashes = (run: string, names: readonly string[]): string[] =>
      names.map((name) => hashOf(at(`${run}/stage-00/${name}`)));
    const [tempered, learned] = [['pt.npy', 'pt_energies.npy'],
      ['flow.safetensors', 'learned_full.safetensors', 'learned_stochastic.safetensors']];
    assertDone(outcomes[5]);
    // What moves the samples, and which weights they get, comes after all of these.
    const first = [...tempered, ...learned, 'ensemble.npy'];
    assert.deepEqual(hashes('grid/corrected', first), hashes('alone', first), 'corrected, as of a run alone');
    const shared = [...tempered, ...learned];
    for (const kind of ['naive', 'corrected']) {
      assert.deepEqual(hashes(`grid/${kind}-svrg`, shared), hashes(`grid/${kind}`, shared), `${kind}-svrg, as of ${kind}`);
    }
  });
  it('ends with a table and a page', () => {
    const text = assertDone(outcomes[3]);
    for (const id of IDS) assert.match(text, new RegExp(`^${id}\\b`, 'm'), `a row for ${id}`);
    assert.match(assertDone(outcomes[4]), /^grid\/report\.html\n$/, 'report');
  });
});
