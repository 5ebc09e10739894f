import { presetNamed, settingsFor } from '../../experiments/presets.ts';
import { settingNames, settingsSchema } from '../../generators/settings.ts';
import { loadTarget } from '../loadTarget.ts';
import { print } from '../print.ts';
import { table } from '../summary.ts';

/** `jeffreys settings [name]`: what `--set` takes. Without a target, the defaults are those of three-well. */
export async function settings(name: string | undefined, { preset, json }: {
  readonly preset: string; readonly json?: boolean
}): Promise<void> {
  const { target } = await loadTarget(name ?? 'three-well');
  const defaults = settingsFor(target, presetNamed(preset));
  const rows = settingNames.map((setting) => (
    { name: setting, default: defaults[setting], description: settingsSchema.shape[setting].description ?? '' }
  ));
  if (json === true) {
    print(`${JSON.stringify(rows)}\n`);
    return;
  }
  // A table's first column is to the left; the description follows without padding.
  const lines = table(
    rows.map((row) => [row.name, Array.isArray(row.default) ? (row.default.join(',') || 'none') : String(row.default)])
  );
  print(`${lines.map((line, k) => `${line}  ${rows[k].description}`).join('\n')}\n`);
}
