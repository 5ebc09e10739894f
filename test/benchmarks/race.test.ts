/** How a case is run and summed up: turns, the choice among variants, ratios, what is missing and what breaks. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Absent, milliseconds, type BenchCase, type Contender, type Unit } from '../../src/benchmarks/benchCase.ts';
import { selectCases } from '../../src/benchmarks/catalogue.ts';
import { race } from '../../src/benchmarks/race.ts';
import { summarise } from '../../src/benchmarks/summary.ts';
import { benchTable } from '../../src/cli/bench/table.ts';
import { outsideOf } from '../../src/cli/bench/outside.ts';
import { InputError } from '../../src/errors.ts';

/** A clock that only the contenders move, and a diary of who ran. */
function world(): { clock: { now: () => number; pause: () => Promise<void> }; contender: (name: string, time: () => number) => Contender; diary: string[]; open: Set<string> } {
  let time = 0;
  const diary: string[] = [];
  const open = new Set<string>();
  return {
    clock: { now: () => time, pause: () => Promise.resolve() },
    diary,
    open,
    contender: (name, takes) => ({
      name,
      start: () => {
        open.add(name);
        return Promise.resolve({
          about: `about ${name}`,
          run: () => {
            const taken = takes();
            time += taken;
            diary.push(name);
            return Promise.resolve(taken);
          },
          dispose: () => {
            open.delete(name);
            return Promise.resolve();
          },
        });
      },
    }),
  };
}

const alone = (name: string, contender: Contender): BenchCase['ours'] => ({ name, variants: [contender] });

describe('race', () => {
  it('alternates, and takes ratios round by round', async () => {
    const { clock, contender, diary, open } = world();
    // The machine drifts to twice the time; the ratio does not.
    let drift = 100;
    const slowing = (factor: number): (() => number) => () => { drift *= 1.01; return factor * drift; };
    const benchCase: BenchCase = {
      name: 'a/b', unit: milliseconds, rounds: 5, single: true,
      ours: alone('ours', contender('ours', slowing(2))), peers: [alone('peer', contender('peer', slowing(6)))], floor: alone('floor', contender('floor', slowing(1))),
    };
    const result = await race(benchCase, clock);
    assert.deepEqual(diary, Array.from({ length: 5 }, () => ['ours', 'peer', 'floor']).flat(), 'turns');
    const [{ ratio }] = result.peers;
    assert.ok(ratio !== null && Math.abs(ratio.least - 3.03) < 1e-9 && Math.abs(ratio.most - 3.03) < 1e-9, `ratio ${ratio?.median}`);
    assert.ok(Math.abs((result.fractionOfFloor?.median ?? NaN) - 1.0201 / 2) < 1e-9, `fraction ${result.fractionOfFloor?.median}`);
    assert.ok((result.ours.summary?.most ?? 0) > 1.1 * (result.ours.summary?.least ?? 0), 'the spread shows the drift');
    assert.deepEqual([...open], [], 'everything is disposed of');
  });

  it('turns rates round: more is better', async () => {
    const { clock, contender } = world();
    const rate: Unit = { name: '1/s', better: 'more', of: (raw) => 1000 / raw };
    const result = await race({
      name: 'a/b', unit: rate, rounds: 1, single: true,
      ours: alone('ours', contender('ours', () => 10)), peers: [alone('peer', contender('peer', () => 40))], floor: alone('floor', contender('floor', () => 5)),
    }, clock);
    assert.deepEqual([result.ours.summary?.median, result.peers[0].ratio?.median, result.fractionOfFloor?.median], [100, 4, 0.5]);
  });

  it('lets the fastest variant run, says so, and stops the others', async () => {
    const { clock, contender, diary, open } = world();
    const variants = [contender('slow', () => 30), contender('fast', () => 20), contender('slowest', () => 90)];
    const result = await race({ name: 'a/b', unit: milliseconds, rounds: 2, ours: alone('ours', contender('ours', () => 25)), peers: [{ name: 'peer', variants }] }, clock);
    assert.equal(result.peers[0].variant, 'fast');
    assert.deepEqual(result.peers[0].trials, [{ variant: 'slow', figure: 30 }, { variant: 'fast', figure: 20 }, { variant: 'slowest', figure: 90 }]);
    assert.ok(diary.lastIndexOf('slow') < diary.indexOf('slowest') && diary.lastIndexOf('slowest') < diary.lastIndexOf('ours'), 'others run in the trial alone');
    assert.equal(open.size, 0, 'everything is disposed of');
  });

  it('says what is absent and what broke, and goes on', async () => {
    const { clock, contender } = world();
    let turns = 0;
    const result = await race({
      name: 'a/b', unit: milliseconds, rounds: 3, single: true,
      ours: alone('ours', contender('ours', () => 1)),
      peers: [
        alone('missing', { name: '', start: () => Promise.reject(new Absent('not installed')) }),
        alone('broken', { name: '', start: () => Promise.reject(new Error('no such thing\nand more')) }),
        alone('breaks', contender('breaks', () => { turns += 1; if (turns === 2) throw new Error('half-way'); return 1; })),
        { name: 'none', variants: [], absence: 'later' },
      ],
    }, clock);
    assert.deepEqual(result.peers.map(({ absence, failed, summary }) => [absence, failed, summary]), [
      ['not installed', false, null], ['no such thing', true, null], ['half-way', true, null], ['later', false, null],
    ]);
    assert.equal(result.ours.figures?.length, 3, 'ours ran all rounds');
    const text = benchTable([result], 'machine');
    assert.match(text, /^a\/b +ms +1\.00 +missing +absent/m);
    assert.match(text, /peer: broken — FAILED: no such thing/);
  });
});

describe('summarise', () => {
  it('gives order statistics', () => assert.deepEqual(summarise([5, 1, 2, 4, 3]), { median: 3, least: 1, most: 5, lowerQuartile: 2, upperQuartile: 4 }));
  it('counts what was not reached as worst', () => {
    const { median, least, most } = summarise([NaN, 2, 1]);
    assert.deepEqual([median, least, most], [2, 1, NaN]);
  });
});

describe('the catalogue of benchmarks', () => {
  const outside = outsideOf(() => 0);
  const select = async (...names: string[]): Promise<string[]> => (await selectCases(names, outside, { allPeers: false })).map(({ name }) => name);

  it('selects groups, cases and beginnings', async () => {
    assert.deepEqual(await select('pt'), ['pt/three-well', 'pt/gmm-3d', 'pt/solvated-16d']);
    assert.deepEqual(await select('pt/gmm-3d', 'start-up/help'), ['pt/gmm-3d', 'start-up/help']);
    assert.deepEqual(await select('time-to-ess/ann*'), ['time-to-ess/annulus-95', 'time-to-ess/annulus-98']);
  });

  it('runs the long ones on request alone, and has no name twice', async () => {
    const names = await select();
    assert.equal(new Set(names).size, names.length, names.join(' '));
    assert.ok(names.includes('time-to-ess/three-well-95') && !names.includes('time-to-ess/annulus-95'), names.join(' '));
  });

  it('refuses what it does not know', async () => {
    await assert.rejects(select('pt/gmm-3e'), (error: unknown) => error instanceof InputError && /unknown benchmark "pt\/gmm-3e", did you mean "pt\/gmm-3d"/.test(error.message));
    await assert.rejects(select('zzzz'), (error: unknown) => error instanceof InputError && /the benchmarks are train-step, mala/.test(error.message));
  });
});
