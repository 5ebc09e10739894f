/** Settings from words: every one can be named, and a wrong one says what would be right. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { presetNames, settingsFor } from '../../src/experiments/presets.ts';
import { parseSetting } from '../../src/settings/check.ts';
import { flatSettings, settingNames } from '../../src/settings/names.ts';
import { threeWell } from '../../src/targets/threeWell.ts';
import { inputError } from '../store/folder.ts';

describe('parseSetting', () => {
  it('reads back every setting of every preset', () => {
    for (const preset of presetNames) {
      const settings = flatSettings(settingsFor(threeWell, preset));
      assert.deepEqual(Object.keys(settings).sort(), [...settingNames].sort(), `${preset} sets everything`);
      for (const name of settingNames) {
        const words = `${name}=${String(settings[name])}`;
        assert.deepEqual(parseSetting(words), { [name]: settings[name] }, `${name} of ${preset}`);
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
