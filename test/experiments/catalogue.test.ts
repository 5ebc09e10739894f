/** The catalogue of experiments: every one of them can be loaded, has runs, and shows itself when none is done. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { experimentCatalogue } from '../../src/experiments/catalogue.ts';
import { presetNames } from '../../src/experiments/presets.ts';
import { catalogue } from '../../src/targets/catalogue.ts';

describe('the catalogue of experiments', () => {
  it('names every experiment once, and none as a target', () => {
    const names = [...experimentCatalogue, ...catalogue].map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
  });

  for (const { name, load } of experimentCatalogue) {
    it(`${name} has runs of different names in every preset, and shows itself`, async () => {
      const { entries, page, lines, title } = await load();
      for (const preset of presetNames) {
        const ids = entries(preset, { steps: 9 }).map(({ id, settings }) => {
          assert.equal(settings.training.steps, 9, `${id}: the user's settings`);
          return id;
        });
        assert.ok(ids.length > 0, `${preset}: runs`);
        assert.equal(new Set(ids).size, ids.length, `${preset}: names`);
      }
      const empty = page([]);
      if (empty !== null) assert.ok(empty.startsWith('<!doctype html>') && empty.includes(title), 'a page with its title');
      for (const line of lines([])) assert.equal(typeof line, 'string');
    });
  }
});
