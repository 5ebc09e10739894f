/** Settings from words: every one can be named, and a wrong one says what would be right. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { presetNames, settingsFor } from '../../src/experiments/presets.ts';
import { checkSettings, parseSetting } from '../../src/settings/check.ts';
import { flatSettings, settingNamed, settingNames, settings } from '../../src/settings/names.ts';
import { threeWell } from '../../src/targets/threeWell.ts';
import { inputError } from '../store/folder.ts';

describe('parseSetting', () => {
  it('reads back every setting of every preset', () => {
    for (const preset of presetNames) {
      const flat = flatSettings(settingsFor(threeWell, preset));
      assert.deepEqual(Object.keys(flat).sort(), [...settingNames].sort(), `${preset} sets everything`);
      for (const name of settingNames) {
        const words = `${name}=${String(flat[name])}`;
        assert.deepEqual(parseSetting(words), { [name]: flat[name] }, `${name} of ${preset}`);
      }
    }
  });
  it('takes numbers as people write them', () => {
    assert.deepEqual(parseSetting('learningRate=1e-3'), { learningRate: 0.001 }, 'exponents');
    assert.deepEqual(parseSetting('rounds=4e3'), { rounds: 4000 }, 'a whole number in exponents');
  });
  it('says what would be right', () => {
    for (const [words, pattern] of [
      ['theta=2', /^--set theta: must be at most 1, got "2"$/],
      ['theta=', /^--set theta: must be a finite number, got ""$/],
      ['theta= ', /^--set theta: must be a finite number, got " "$/],
      ['=1', /^--set needs key=value, got "=1"$/],
      ['steps=1.5', /^--set steps: must be an integer, got "1\.5"$/],
      ['steps=true', /^--set steps: must be a finite number, got "true"$/],
      ['kernel=nuts', /^--set kernel: must be .*mala.*, got "nuts"$/],
      ['__proto__=1', /^unknown setting "__proto__"/],
      ['constructor=1', /^unknown setting "constructor"/],
      ['Theta=1', /^unknown setting "Theta", did you mean "theta"\?/],
    ] as const) assert.throws(() => parseSetting(words), inputError(pattern, 2), words);
  });
});

describe('names of settings', () => {
  it('are paths, and short ones that stand for one path alone', () => {
    assert.equal(new Set(settings.map(({ short }) => short)).size, settings.length, 'short names are unambiguous');
    for (const { group, name, path, short } of settings) {
      assert.equal(path, `${group}.${name}`);
      assert.equal(settingNamed(path), settingNamed(short), `${path} is ${short}`);
    }
    assert.deepEqual(parseSetting('ladder.particles=20000'), { particles: 20_000 });
    assert.deepEqual(parseSetting('weights.layers=3'), { weightLayers: 3 }, 'another name within the group');
    assert.throws(() => parseSetting('flow.particles=1'), inputError(/^unknown setting "flow.particles", did you mean/, 2));
    assert.throws(() => parseSetting('ladder.particles=1'), inputError(/^--set ladder.particles: must be at least 64/, 2));
  });
  it('may be mixed, and give the same settings', () => {
    const own = settingsFor(threeWell, 'quick', { generator: 'flow' });
    const flat = flatSettings(own);
    assert.deepEqual(checkSettings(own), own, 'in groups');
    assert.deepEqual(checkSettings(flat), own, 'by short names, as records of before have them');
    assert.deepEqual(checkSettings(Object.fromEntries(settings.map(({ path, short }) => [path, flat[short as keyof typeof flat]]))), own, 'by paths');
    const changed = settingsFor(threeWell, 'quick', { weights: 'learned-full', 'ladder.groups': 4, training: { steps: 7 } });
    const { weights: { kind }, ladder: { groups }, training: { steps } } = changed;
    assert.deepEqual([kind, groups, steps], ['learned-full', 4, 7], 'a kind of weights is no group');
    assert.deepEqual(changed.training, { ...own.training, steps: 7 }, 'the rest of a group stays');
  });
  it('keep their defaults where a record of before lacks them', () => {
    const { executor, device, sampler, weights, ...old } = flatSettings(settingsFor(threeWell, 'quick'));
    assert.deepEqual(flatSettings(checkSettings(old)), { ...old, executor, device, sampler, weights });
  });
});
