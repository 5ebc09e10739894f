/** Every kind of target, the special ones first. */
import type { Settings } from '../../settings/settings.ts';
import type { Target } from '../../targets/target.ts';
import { evaluatedKind } from './evaluated.ts';
import { exactKind } from './exact.ts';
import type { Kind } from './kind.ts';
import { noisyKind } from './noisy.ts';
import { ringKind } from './ring.ts';

export const kinds: readonly Kind[] = [noisyKind, ringKind, evaluatedKind, exactKind];

export function kindOf(target: Target, settings: Settings): Kind {
  const found = kinds.find(({ is }) => is(target, settings));
  if (found === undefined) throw new Error(`target "${target.name}" is of no kind`);
  return found;
}
