/**
 * Which operations share a loop. Each is done as early as it can be, and then later where that saves storing; loops
 * over the same number of entries in one stage are one.
 */
import { isKnown, type Operation, type OperationList } from './operations.ts';
import { Plan } from './plan.ts';
import { rematerialise } from './rematerialise.ts';

/** One loop, or the products of one pair of arrays. */
export interface LoopGroup {
  readonly stage: number;
  readonly domain: number;
  readonly operations: readonly Operation[];
}

export interface Schedule {
  readonly list: OperationList;
  /** In an order in which they can be run. */
  readonly groups: readonly LoopGroup[];
  /** Of every tensor: whether it is stored. Of the others only the loop that makes them knows. */
  readonly stored: readonly boolean[];
}

function place(plan: Plan, operation: Operation): void {
  let stage = operation.operands.reduce((latest, operand) => {
    const producer = isKnown(operand) ? undefined : plan.producerOf(operand.tensor);
    if (producer === undefined) return latest;
    const fused = operation.kind !== 'product' && plan.handedOn(operand, operation.domain) !== null;
    return Math.max(latest, plan.stageOf(producer) + (fused ? 0 : 1));
  }, 0);
  while (operation.kind !== 'product' && plan.isCrowded(stage, operation.domain)) stage++;
  plan.put(operation, stage);
}

/** Do an operation in the loop that needs it, where that stores no more than before. */
function sink(plan: Plan, operation: Operation): void {
  if (operation.kind !== 'map') return;
  const stage = plan.stageOf(operation);
  const readers = plan.readersOf(operation.output);
  if (readers.length === 0 || !readers.every((reader) => plan.takes(reader, operation))) return;
  const stages = readers.map((reader) => plan.stageOf(reader));
  const target = Math.min(...stages);
  if (target <= stage || plan.isCrowded(target, operation.domain)) return;
  const stores = new Set(operation.operands.flatMap((operand) => {
    const producer = plan.handedOn(operand, operation.domain);
    return producer !== null && plan.stageOf(producer) === stage && !plan.isStored(producer.output)
      ? [producer.output] : [];
  }));
  const saved = stages.every((reader) => reader === target) ? 1 : 0;
  if (stores.size <= saved) plan.put(operation, target);
}

export function schedule(list: OperationList): Schedule {
  const plan = new Plan(list);
  for (const operation of list.operations) place(plan, operation);
  for (const operation of [...list.operations].reverse()) sink(plan, operation);
  rematerialise(plan);
  const groups = new Map<string, { stage: number; domain: number; operations: Operation[] }>();
  plan.operations.forEach((operation, k) => {
    const stage = plan.stageOf(operation);
    const key = operation.kind === 'product' ? `product ${k}` : `${stage} ${operation.domain}`;
    const group = groups.get(key) ?? { stage, domain: operation.domain, operations: [] };
    group.operations.push(operation);
    groups.set(key, group);
  });
  const { operations, tensors } = plan;
  return {
    list: { ...list, operations, tensors },
    groups: [...groups.values()].sort((a, b) => a.stage - b.stage),
    stored: tensors.map((_, tensor) => plan.isStored(tensor)),
  };
}
