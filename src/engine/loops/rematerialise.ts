/**
 * Cheap results that a later loop would read from memory are computed there once more instead, from what that loop can
 * read anyway: a product or a sum takes no longer than storing and loading it.
 */
import { isKnown, type MapOperation } from './operations.ts';
import type { Plan } from './plan.ts';

/** Operations as quick as a load. */
const CHEAP: ReadonlySet<string> = new Set(['add', 'sub', 'mul', 'neg', 'min', 'max', 'compare', 'where', 'cast']);
/** Operations that are done again for one result. */
const MOST_AGAIN = 6;

/** Operations that it takes to have a result again, from what is stored in any case; Infinity: too many. */
function costOf(plan: Plan, operation: MapOperation): number {
  if (!CHEAP.has(operation.primitive)) return Infinity;
  let cost = 1;
  for (const operand of operation.operands) {
    const producer = plan.handedOn(operand, operation.domain);
    if (isKnown(operand) || producer === null || plan.isStored(producer.output)) continue;
    cost += costOf(plan, producer);
    if (cost > MOST_AGAIN) return Infinity;
  }
  return cost;
}

/** From the last operation to the first: what is done again may ask for others to be done again before it. */
export function rematerialise(plan: Plan): void {
  for (const operation of [...plan.operations].reverse()) {
    if (operation.kind !== 'map') continue;
    const own = plan.stageOf(operation);
    const readers = plan.readersOf(operation.output);
    const later = new Set(readers.map((reader) => plan.stageOf(reader)).filter((stage) => stage > own));
    if (later.size === 0 || costOf(plan, operation) === Infinity) continue;
    for (const stage of later) {
      const there = readers.filter((reader) => plan.stageOf(reader) === stage);
      if (there.every((reader) => plan.takes(reader, operation)) && !plan.isCrowded(stage, operation.domain))
        plan.repeat(operation, stage);
    }
  }
}
