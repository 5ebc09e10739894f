/** Names of settings: `group.name`, and a short one that stands for it alone, as before there were groups. */
import type { z } from 'zod';
import { groups, settingsSchema, type Group, type Settings } from './settings.ts';

/** Short names that are not the name within the group. */
const shortNames = {
  sampling: { precision: 'mcmcPrecision' },
  weights: {
    kind: 'weights', residual: 'weightResidual', layers: 'weightLayers', hidden: 'weightHidden', steps: 'weightSteps',
    batch: 'weightBatch', draws: 'weightDraws', learningRate: 'weightRate',
  },
  ring: { samples: 'ringSamples', moves: 'ringMoves' },
} as const;

type ShortNames = typeof shortNames;
type Short<G, N> = G extends keyof ShortNames ? (N extends keyof ShortNames[G] ? ShortNames[G][N] : N) : N;
type Flat<G extends Group> = {
  [N in keyof Settings[G] as Short<G, N> extends string ? Short<G, N> : never]: Settings[G][N];
};

/** All settings under their short names. */
export type FlatSettings = Flat<'sampling'> & Flat<'flow'> & Flat<'training'> & Flat<'ladder'> & Flat<'rounds'>
  & Flat<'noise'> & Flat<'weights'> & Flat<'ring'> & Flat<'output'>;

export interface SettingName {
  readonly group: Group;
  /** Within the group. */
  readonly name: string;
  /** The whole: `ladder.particles`. */
  readonly path: string;
  /** As `particles`. */
  readonly short: string;
  readonly schema: z.ZodType;
}

/** In the order of the groups. */
export const settings: readonly SettingName[] = groups.flatMap((group) =>
  Object.entries<z.ZodType>(settingsSchema.shape[group].shape).map(([name, schema]) => {
    const others: Readonly<Record<string, string>> = group in shortNames ? shortNames[group as keyof ShortNames] : {};
    return { group, name, path: `${group}.${name}`, short: others[name] ?? name, schema };
  }));

/** Short names. */
export const settingNames = settings.map(({ short }) => short) as (keyof FlatSettings)[];

const byName = new Map(settings.flatMap((setting) => [[setting.short, setting], [setting.path, setting]]));

/** By either name; null for neither. */
export const settingNamed = (name: string): SettingName | null => byName.get(name) ?? null;

/** Settings by their short names. */
export const flatSettings = (all: Settings): FlatSettings =>
  Object.fromEntries(settings.map(({ group, name, short }) =>
    [short, (all[group] as Readonly<Record<string, unknown>>)[name]])) as FlatSettings;
