/** The flow's architecture from a target and settings. */
import { alternatingMasks, type Architecture } from '../flows/architecture.ts';
import type { Target } from '../targets/target.ts';
import type { Settings } from './settings.ts';

export type ArchitectureSettings = Pick<Settings, 'layers' | 'hidden' | 'bins' | 'activation'>;

export function architectureOf(target: Target, { layers, hidden, bins, activation }: ArchitectureSettings): Architecture {
  return { domain: target.domain, masks: alternatingMasks(target.dimension, layers), hidden, bins, activation };
}
