/** The flow's architecture from a target and settings. */
import { InputError } from '../../errors.ts';
import type { Architecture } from '../../flows/architecture.ts';
import { masksOf } from '../../flows/masks.ts';
import type { Target } from '../../targets/target.ts';
import type { FlowSettings } from '../../settings/flow.ts';

/** @throws InputError when there are too few layers for every coordinate to be transformed */
export function architectureOf(
  target: Target, { layers, hidden, bins, activation, masks: scheme, coupling }: FlowSettings
): Architecture {
  const masks = masksOf(target.domain, layers, scheme, target.blocks);
  const touched = new Set(masks.flat());
  const missed = target.domain.findIndex((_, j) => !touched.has(j));
  if (missed >= 0) throw new InputError(
    `setting layers: coordinate ${missed} of "${target.name}" is in none of ${layers} layers with `
      + `masks=${scheme}; take more layers`
  );
  return { domain: target.domain, masks, hidden, bins, activation, coupling };
}
