/** The search for unmet wells, on targets whose wells have known masses and banks that hold exact samples of some. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { np } from '../../../src/engine/numpy.ts';
import { keyFromSeed } from '../../../src/engine/random.ts';
import { settingsFor } from '../../../src/experiments/presets.ts';
import { Interrupted, memoryJournal } from '../../../src/pipeline/journal.ts';
import type { GrownBank } from '../../../src/pipeline/rounds/growingBank.ts';
import { searchedBank, type SearchedBank } from '../../../src/pipeline/rounds/search.ts';
import type { SearchSummary } from '../../../src/records/rounds.ts';
import { compileEnergy } from '../../../src/targets/compile.ts';
import { defineTarget, type Target } from '../../../src/targets/target.ts';
import { quiet } from '../quiet.ts';
import { bankOf, firstWellAlone, LADDERS, normals, ROUNDS, type RoundWell } from './exactBank.ts';

/** Thousand million operations: a tenth of what a run takes. */
const WORK = 2.5;

async function search(
  target: Target, bank: GrownBank, { seed = 1, threads = 1, work = WORK, surroundings = quiet() } = {},
): Promise<SearchedBank & { readonly search: SearchSummary }> {
  const settings = settingsFor(target, 'quick', { generator: 'rounds', threads, searchWork: work });
  const searched = await searchedBank({ target, settings, key: keyFromSeed(seed), surroundings }, bank);
  assert.ok(searched.search !== null);
  return { ...searched, search: searched.search };
}

const along = (direction: readonly number[], length: number): number[] => {
  const norm = Math.sqrt(direction.reduce((sum, value) => sum + value * value, 0));
  return direction.map((value) => (length * value) / norm);
};

const wide = (d: number): RoundWell => ({ mass: 0.3, deviation: 1.2, centre: new Array<number>(d).fill(0) });
const narrow = (centre: readonly number[]): RoundWell => ({ mass: 0.7, deviation: 0.3, centre });

/** Bennett's estimate of 6400 nearly independent draws against 4000 of a law that is nearly the well's own. */
const SHARE_ERROR = 0.02;

async function assertFound(wells: readonly RoundWell[], seed: number, error = SHARE_ERROR): Promise<void> {
  const { target, bank } = firstWellAlone(wells, seed);
  const { search: { wells: found } } = await search(target, bank, { seed });
  assert.equal(found.length, wells.length - 1);
  const total = wells.reduce((sum, { mass }) => sum + mass, 0);
  for (const { centre, mass, deviation } of wells.slice(1)) {
    const own = found.find((well) => centre.every((value, j) => Math.abs(well.centre[j] - value) < deviation));
    assert.ok(own !== undefined, `nothing was found at ${centre.join(', ')}`);
    assert.ok(Math.abs(own.share - mass / total) < error, `a share of ${own.share}`);
  }
}

describe('search for unmet wells', () => {
  it('finds a narrow well ten wide deviations away, with its mass: along an axis', () =>
    assertFound([wide(6), narrow([0, 0, 0, -12, 0, 0])], 1));
  it('along a diagonal', () => assertFound([wide(6), narrow(along([1, 1, 1, 1, 1, 1], 12))], 2));
  it('in a direction that no coordinate follows', () => assertFound([wide(6), narrow(along([3, -5, 4, 2, -2, 1], 12))], 3));
  it('finds wells that chains are too far from to cross over', () => assertFound([
    { mass: 0.2, deviation: 1, centre: [1, -1] }, { mass: 0.5, deviation: 1, centre: [25, 17] },
    { mass: 0.3, deviation: 0.5, centre: [-40, 10] },
  ], 4));
  // Chains leave it now and then.
  it('finds a hole within the bulk', () => assertFound(
    [{ mass: 0.5, deviation: 1, centre: [0, 0] }, { mass: 0.5, deviation: 0.02, centre: [0.9, 0.4] }], 5, 0.05,
  ));

  it('joins samples of the wells with the energies of the target, and knows that tempering weighs them no more', async () => {
    const { target, bank } = firstWellAlone([wide(4), narrow([0, 12, 0, 0])], 6);
    const { tempered: { positions, energies, summary, warnings }, frame } = await search(target, bank);
    const share = (summary.ladders - LADDERS) / summary.ladders;
    assert.ok(Math.abs(share - 0.7) < SHARE_ERROR, `a share of ${share}`);
    // About twice as many samples as the bank had.
    assert.ok(Math.abs(summary.samples / (2 * ROUNDS * LADDERS) - 1) < 0.01);
    assert.equal(energies.length, summary.samples);
    const again = new Float64Array(energies.length);
    compileEnergy(target, { threads: 1 }).energies(positions, energies.length, again);
    assert.ok(energies.every((value, i) => Math.abs(value - again[i]) < 1e-9));
    const own = Array.from(energies.keys()).filter((i) => positions[4 * i + 1] > 8);
    assert.deepEqual(own, Array.from(energies.keys()).filter((i) => i % summary.ladders >= LADDERS));
    // χ² of the narrow well: 4 of some 11,000 draws, which are worth half as many independent ones or more.
    const squares = own.reduce((sum, i) =>
      sum + [0, 12, 0, 0].reduce((all, centre, j) => all + ((positions[4 * i + j] - centre) / 0.3) ** 2, 0), 0);
    assert.ok(Math.abs(squares / own.length - 4) < 5 * Math.sqrt(8 / 5000), `${squares / own.length}`);
    assert.equal(summary.logZ, null);
    assert.equal(summary.splitRhat.at(-1)?.value, 'Infinity');
    assert.equal(warnings.at(-1)?.code, 'found-well');
    assert.ok(Math.abs(frame.location[1] - 12 * 0.7) < 0.5);
  });

  it('finds nothing where the bank has it all', async () => {
    const { target } = firstWellAlone([wide(3), narrow([8, 8, 0])], 7);
    const positions = normals(3, 7).map((value, at) => {
      const row = Math.floor(at / 3);
      return row % 10 < 3 ? 1.2 * value : 0.3 * value + [8, 8, 0][at % 3];
    });
    const bank = bankOf(target, positions);
    const searched = await search(target, bank);
    assert.deepEqual(searched.search.wells, []);
    assert.equal(searched.tempered.positions, positions);
    assert.equal(searched.tempered.summary, bank.tempered.summary);
  });

  it('takes the bottom of a funnel, where there is no mass, for no well', async () => {
    const target = defineTarget({
      name: 'funnel', dimension: 6,
      energy: (point) => {
        const [v, x] = [point.slice(0), point.slice([1, 6])];
        return np.square(v).div(18).add(np.square(x).sum().mul(np.exp(v.neg())).div(2)).add(v.mul(2.5));
      },
    });
    const positions = normals(6, 8);
    for (let i = 0; i < positions.length; i += 6) {
      positions[i] *= 3;
      for (let j = 1; j < 6; j++) positions[i + j] *= Math.exp(positions[i] / 2);
    }
    assert.deepEqual((await search(target, bankOf(target, positions))).search.wells, []);
  });

  it('nor what is curved, or has heavy tails', async () => {
    const ring = defineTarget({
      name: 'ring', dimension: 3,
      energy: (point) => np.square(np.sqrt(np.square(point.slice([0, 2])).sum()).sub(5)).mul(8).add(np.square(point.slice(2)).div(2)),
    });
    // The radius has density r exp(−8 (r − 5)²): normals beside 5, taken with probability r/10.
    const x = normals(3, 9);
    for (let i = 0; i < x.length; i += 3) {
      const angle = 2 * Math.PI * ((i / 3) * 0.618_033_988_75 % 1);
      const radius = 5 + x[i] / 4 + 0.0125;
      [x[i], x[i + 1]] = [radius * Math.cos(angle), radius * Math.sin(angle)];
    }
    assert.deepEqual((await search(ring, bankOf(ring, x))).search.wells, []);
    const student = defineTarget({
      name: 'student', dimension: 3, energy: (point) => np.log(np.square(point).sum().div(4).add(1)).mul(3.5),
    });
    const [z, chi] = [normals(3, 10), normals(4, 11)];
    for (let i = 0; i < z.length / 3; i++) {
      const scale = Math.sqrt(4 / chi.subarray(4 * i, 4 * i + 4).reduce((sum, value) => sum + value * value, 0));
      for (let j = 0; j < 3; j++) z[3 * i + j] *= scale;
    }
    assert.deepEqual((await search(student, bankOf(student, z))).search.wells, []);
  });

  it('nor what goes on beyond the end of a circle', async () => {
    const circles = defineTarget({
      name: 'seam', dimension: 3, torus: { 0: [-Math.PI, Math.PI], 1: [0, 1] },
      energy: (point) => np.cos(point.slice(0)).add(np.cos(point.slice(1).sub(0.98).mul(2 * Math.PI)).mul(-1)).mul(16)
        .add(np.square(point.slice(2)).div(2)),
    });
    // Nearly normal about π and .98, with half and two fifths of the samples at the other end.
    const x = normals(3, 12);
    for (let i = 0; i < x.length; i += 3) {
      const [angle, turn] = [Math.PI + x[i] / 4, 0.98 + x[i + 1] / 4 / (2 * Math.PI)];
      [x[i], x[i + 1]] = [angle - (angle >= Math.PI ? 2 * Math.PI : 0), turn - Math.floor(turn)];
    }
    assert.deepEqual((await search(circles, bankOf(circles, x))).search.wells, []);
  });

  it('gives the same bits on any number of threads, and when it is read again', async () => {
    const { target, bank } = firstWellAlone([wide(4), narrow(along([1, -2, 2, 3], 10))], 12);
    const journal = memoryJournal();
    const first = await search(target, bank, { surroundings: { ...quiet(), journal } });
    const second = await search(target, bank, { threads: 2 });
    const third = await search(target, bank, { surroundings: { ...quiet(), journal } });
    for (const other of [second, third]) {
      assert.deepEqual(other.search, first.search);
      assert.deepEqual(other.tempered.positions, first.tempered.positions);
      assert.deepEqual(other.tempered.energies, first.tempered.energies);
    }
  });

  it('stops when asked to', async () => {
    const { target, bank } = firstWellAlone([wide(4), narrow([0, 0, 12, 0])], 13);
    const stop = new AbortController();
    let breaths = 0;
    const surroundings = {
      ...quiet(), signal: stop.signal, now: () => 1000 * breaths, breathe: () => {
        if (++breaths > 5) stop.abort();
        return Promise.resolve();
      },
    };
    await assert.rejects(search(target, bank, { surroundings }), Interrupted);
    assert.equal(surroundings.journal.phase('searched'), null);
  });
});
