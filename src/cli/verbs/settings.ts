import { presetNamed, settingsFor } from '../../experiments/presets.ts';
import { flatSettings, settings as all } from '../../settings/names.ts';
import { defineTarget } from '../../targets/target.ts';
import { loadTarget } from '../loadTarget.ts';
import { print } from '../print.ts';
import { table } from '../summary.ts';

/** A target of which nothing is known: its defaults are the preset's own. */
const anyTarget = (): ReturnType<typeof defineTarget> => defineTarget({
  name: 'any-target', description: 'a target of which nothing is known', dimension: 2, box: [[-1, 1], [-1, 1]],
  energy: (x) => x.mul(x).sum(),
});

/** `jeffreys settings [name]`: what `--set` takes. Without a target, the defaults are the preset's own. */
export async function settings(
  name: string | undefined, { preset, json }: { readonly preset: string; readonly json?: boolean },
): Promise<void> {
  const target = name === undefined ? anyTarget() : (await loadTarget(name)).target;
  const defaults = flatSettings(settingsFor(target, presetNamed(preset)));
  const rows = all.map(({ short, path, group, schema }) => ({
    name: short, path, group, default: defaults[short as keyof typeof defaults], description: schema.description ?? '',
  }));
  if (json === true) {
    print(`${JSON.stringify(rows)}\n`);
    return;
  }
  // A table's first column is to the left; the description follows without padding.
  const lines = table(rows.map((row) =>
    [row.path, Array.isArray(row.default) ? (row.default.join(',') || 'none') : String(row.default)]));
  print(`${lines.map((line, k) => `${line}  ${rows[k].description}`).join('\n')}\n`);
}
