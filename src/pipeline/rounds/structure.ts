/** The flow of a round: few layers first, and more of them, which begin as the identity, where a round asks for it. */
import type { Architecture } from '../../flows/architecture.ts';
import { alternatingMasks } from '../../flows/architecture.ts';
import { masksOf } from '../../flows/masks.ts';
import type { FlowSettings } from '../../settings/flow.ts';
import type { Target } from '../../targets/target.ts';

/** Coupling layers of the first flow and of what is added at a time, in one and two dimensions and beyond. */
const FIRST_LAYERS = { planar: 6, many: 8 } as const;
const MORE_LAYERS = { planar: 2, many: 4 } as const;
/** Most masks that are drawn: a flow that grows takes further ones of the same list. */
const MOST_LAYERS = 64;

/**
 * @param target in standard units @param growth how often the flow has grown
 */
export function roundArchitecture(target: Target, settings: FlowSettings, growth: number): Architecture {
  const { domain, dimension: d, blocks } = target;
  const kind = d <= 2 ? 'planar' : 'many';
  const layers = FIRST_LAYERS[kind] + growth * MORE_LAYERS[kind];
  const all = domain.map((_, j) => j);
  const couplings = d === 1 ? [] : d === 2 ? alternatingMasks(d, layers)
    : masksOf(domain, MOST_LAYERS, blocks === undefined ? 'random' : 'auto', blocks).slice(0, layers);
  return flowOf(target, settings, d === 2 ? couplings : [all, ...couplings]);
}

/** With given masks. */
export const flowOf = (
  { domain }: Target, { hidden, bins, activation }: FlowSettings, masks: Architecture['masks'],
): Architecture => ({ domain, masks, hidden, bins, activation, coupling: 'affine' });

/** Multiplications and additions of a training step: forward and back through every conditioner. */
export function stepWork({ domain, masks, hidden, bins }: Architecture, batch: number): number {
  const d = domain.length;
  const perPoint = masks.reduce((sum, mask) => {
    const inputs = d - mask.length;
    return sum + (inputs === 0 ? 0 : inputs * hidden + hidden * hidden + hidden * mask.length * (3 * bins + 1));
  }, 0);
  return 6 * batch * perPoint;
}
