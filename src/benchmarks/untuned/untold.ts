/** A definition as somebody has it who does not know the answer. */
import type { TargetDefinition } from '../../targets/target.ts';

/** Without its exact values: a run looks at those it has, and would doubt itself where it is wrong. */
export function untold(known: TargetDefinition): TargetDefinition {
  const observables = (known.observables ?? []).map(({ name, value }) => ({ name, value }));
  const definition: TargetDefinition = { ...known, observables };
  Reflect.deleteProperty(definition, 'logZ');
  return definition;
}
