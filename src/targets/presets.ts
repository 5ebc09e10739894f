/** What a target changes of the presets: settings that were published for it, or that were found to suit it. */
import { InputError } from '../errors.ts';
import { nearestName } from '../nearestName.ts';
import type { Domain } from './domain.ts';

/** `quick` is for a first look, `default` is ours, `paper` has the published settings (arXiv 2604.05303). */
export const presetNames = ['quick', 'default', 'paper'] as const;
/** One of {@link presetNames}. */
export type PresetName = (typeof presetNames)[number];

/** Settings by their flat names: see `jeffreys settings`. */
export type TargetSettings = Readonly<Record<string, number | string | boolean | readonly number[]>>;

/** What one preset changes for a target: settings under those of the command line, and the box of the flow. */
export interface TargetPreset {
  /** Settings of the target with this preset, over its `settings` and under those of the command line. */
  readonly settings?: TargetSettings;
  /**
   * The box that the flow acts on with this preset, in place of the target's own: [low, high] for all coordinates or
   * one pair per coordinate. Circles and intervals keep theirs. Of a path integral, the coordinates are those of its
   * modes, and pairs for another number of modes than the settings ask for are left alone.
   */
  readonly box?: readonly [number, number] | readonly (readonly [number, number])[];
}

/** What presets change for a target, by their names. */
export type TargetPresets = Readonly<Partial<Record<PresetName, TargetPreset>>>;

/** @throws InputError with the nearest name */
export function presetNamed(name: string): PresetName {
  const found = presetNames.find((preset) => preset === name);
  if (found !== undefined) return found;
  const near = nearestName(name, presetNames);
  throw new InputError(
    `unknown preset "${name}"${near === null ? '' : `, did you mean "${near}"?`}; the presets are `
      + `${presetNames.join(', ')}`
  );
}

const isPair = (box: NonNullable<TargetPreset['box']>): box is readonly [number, number] => typeof box[0] === 'number';

/** A domain with the box of a preset, or as it is where the preset has none of its size. */
export function boxedDomain(domain: Domain, box: TargetPreset['box']): Domain {
  if (box === undefined) return domain;
  const pairs = isPair(box) ? domain.map(() => box) : box;
  if (pairs.length !== domain.length) return domain;
  return domain.map((coordinate, j) => {
    const [low, high] = pairs[j];
    return coordinate.kind === 'real' ? { ...coordinate, low, high } : coordinate;
  });
}
