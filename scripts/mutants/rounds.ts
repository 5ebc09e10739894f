/** Faults in when rounds end, what is kept of that, and how finished runs are taken further. */
import type { Mutant } from './mutant.ts';

const resume = 'test/pipeline/rounds/resume.test.ts';

export const rounds: readonly Mutant[] = [
  {
    name: 'seconds-of-earlier-sessions-not-counted',
    file: 'src/pipeline/rounds/spending.ts',
    find: '[before, since] = [data.spentSeconds, now()]',
    replace: '[before, since] = [before, since]',
    test: resume,
  },
  {
    name: 'final-phases-of-fewer-rounds-kept',
    file: 'src/pipeline/rounds/spending.ts',
    find: 'data?.madeOf === what ? piece : null',
    replace: 'data === undefined ? null : piece',
    test: resume,
  },
  {
    name: 'last-decision-not-taken-anew',
    file: 'src/pipeline/rounds/retake.ts',
    find: 'stored.next === null ? decided(before, stored, settings) : stored',
    replace: 'stored',
    test: ['test/pipeline/rounds/retake.test.ts', resume],
  },
  {
    name: 'decision-to-go-on-taken-anew',
    file: 'src/pipeline/rounds/retake.ts',
    find: 'stored.next === null ? decided(before, stored, settings) : stored',
    replace: 'decided(before, stored, settings)',
    test: 'test/pipeline/rounds/retake.test.ts',
  },
  {
    name: 'decision-after-tempering-made-anew',
    file: 'src/pipeline/rounds/growingBank.ts',
    find: "read: ({ json }) => checkStored(temperLongerSchema, json, 'decision after tempering'),",
    replace: 'read: () => temperLonger({ ...tempered, spent: seconds() }, settings.rounds),',
    test: resume,
  },
  {
    name: 'tempering-that-takes-the-whole-budget',
    file: 'src/pipeline/rounds/temperLonger.ts',
    find: 'spent + 2 * last > ENDS * budget',
    replace: 'spent + 2 * last > budget',
    test: 'test/pipeline/rounds/temperLonger.test.ts',
  },
  {
    name: 'samples-as-if-errors-fell-with-their-number',
    file: 'src/pipeline/rounds/finalSamples.ts',
    find: 'n * (got / (AIM * asked)) ** 2',
    replace: 'n * (got / (AIM * asked))',
    test: 'test/pipeline/rounds/finalSamples.test.ts',
  },
  {
    name: 'further-samples-drawn-from-the-first-on',
    file: 'src/pipeline/proposal/draw.ts',
    find: 'await collect(proposal, key, have, more, cuts, progress(have))',
    replace: 'await collect(proposal, key, 0, more, cuts, progress(have))',
    test: resume,
  },
  {
    name: 'limits-of-rounds-in-the-identity',
    file: 'src/store/runRecord.ts',
    find: '.filter(([name]) => !LIMITS.has(name))',
    replace: '',
    test: 'test/store/piece.test.ts',
  },
  {
    name: 'rounds-end-while-something-moves',
    file: 'src/pipeline/rounds/decide.ts',
    find: 'if (rounds.length < 3 || still !== null) return null;',
    replace: 'if (rounds.length < 3) return null;',
    test: 'test/pipeline/rounds/decide.test.ts',
  },
  {
    name: 'budget-of-rounds-not-spent',
    file: 'src/pipeline/rounds/decide.ts',
    find: 'const patient = budget || Math.max(...ess) < GOOD;',
    replace: 'const patient = Math.max(...ess) < GOOD;',
    test: 'test/pipeline/rounds/decide.test.ts',
  },
  {
    name: 'tempering-beyond-its-work',
    file: 'src/pipeline/rounds/temperLonger.ts',
    find: 'work.all + 2 * work.last > 1e9 * temperWork',
    replace: 'work.all > 1e9 * temperWork',
    test: 'test/pipeline/rounds/temperLonger.test.ts',
  },
  {
    name: 'halves-that-keep-neighbours-together',
    file: 'src/pipeline/rounds/structure.ts',
    find: 'const gain = own + bond(b) + 2 * weights[a * m + b];',
    replace: 'const gain = -own - bond(b) - 2 * weights[a * m + b];
