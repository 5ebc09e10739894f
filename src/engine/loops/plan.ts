/**
 * In which stage each operation is done. An operation can take another's result from the loop that both share, if it
 * reads no more of it than the entry at hand; otherwise the result is *stored*, and can be read in a later stage.
 */
import {
  isKnown, type MapOperation, type Operand, type Operation, type OperationList, type Tensor
} from './operations.ts';

/** Operations in one loop: beyond, its code would take long to compile. */
const MOST_TOGETHER = 400;

export class Plan {
  readonly operations: Operation[];
  readonly tensors: Tensor[];
  private readonly stages = new Map<Operation, number>();
  private readonly producers = new Map<number, Operation>();
  private readonly readers = new Map<number, Set<Operation>>();
  /** Operations of every loop, by stage and domain. */
  private readonly crowds = new Map<string, number>();

  constructor({ operations, tensors }: OperationList) {
    this.operations = [...operations];
    this.tensors = [...tensors];
    for (const operation of operations) this.note(operation);
  }

  private note(operation: Operation): void {
    for (const operand of operation.operands) {
      if (isKnown(operand)) continue;
      const known = this.readers.get(operand.tensor) ?? new Set();
      this.readers.set(operand.tensor, known.add(operation));
    }
  }

  stageOf(operation: Operation): number {
    return this.stages.get(operation) ?? 0;
  }

  readersOf(tensor: number): readonly Operation[] {
    return [...(this.readers.get(tensor) ?? [])];
  }

  /** The last to write a tensor; undefined for what is given. */
  producerOf(tensor: number): Operation | undefined {
    return this.producers.get(tensor);
  }

  /** The operation whose result an operand is, where a loop over `domain` entries can hand it on entry by entry. */
  handedOn(operand: Operand, domain: number): MapOperation | null {
    if (isKnown(operand) || operand.index !== null) return null;
    const producer = this.producers.get(operand.tensor);
    return producer?.kind === 'map' && producer.domain === domain ? producer : null;
  }

  /** Whether a reader takes a result from the loop that makes it, if they share one. */
  takes(reader: Operation, producer: MapOperation): boolean {
    return reader.kind !== 'product' && reader.operands.every((operand) => isKnown(operand)
      || operand.tensor !== producer.output || this.handedOn(operand, reader.domain) === producer);
  }

  isStored(tensor: number): boolean {
    const producer = this.producers.get(tensor);
    if (producer?.kind !== 'map') return true;
    const stage = this.stageOf(producer);
    for (const reader of this.readers.get(tensor) ?? [])
      if (this.stageOf(reader) !== stage || !this.takes(reader, producer)) return true;
    return false;
  }

  isCrowded(stage: number, domain: number): boolean {
    return (this.crowds.get(`${stage} ${domain}`) ?? 0) >= MOST_TOGETHER;
  }

  put(operation: Operation, stage: number): void {
    this.stages.set(operation, stage);
    const crowd = `${stage} ${operation.domain}`;
    this.crowds.set(crowd, (this.crowds.get(crowd) ?? 0) + 1);
    // Parts of one array are written by several copies: it is complete with the last of them.
    const other = this.producers.get(operation.output);
    if (other === undefined || other === operation || this.stageOf(other) <= stage)
      this.producers.set(operation.output, operation);
  }

  /** Do an operation once more in a later stage, for the readers that it has there. */
  repeat(operation: MapOperation, stage: number): void {
    const output = this.tensors.push(this.tensors[operation.output]) - 1;
    const again: MapOperation = { ...operation, output };
    this.operations.splice(this.operations.indexOf(operation) + 1, 0, again);
    this.note(again);
    this.put(again, stage);
    for (const reader of this.readersOf(operation.output)) {
      if (this.stageOf(reader) !== stage) continue;
      const operands = reader.operands.map((operand) => (!isKnown(operand) && operand.tensor === operation.output
        ? { ...operand, tensor: output } : operand));
      this.replace(reader, { ...reader, operands } as Operation);
    }
  }

  private replace(before: Operation, after: Operation): void {
    this.operations[this.operations.indexOf(before)] = after;
    this.stages.set(after, this.stageOf(before));
    if (this.producers.get(before.output) === before) this.producers.set(before.output, after);
    for (const operand of before.operands) if (!isKnown(operand)) this.readers.get(operand.tensor)?.delete(before);
    this.note(after);
  }
}
