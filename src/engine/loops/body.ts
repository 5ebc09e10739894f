/** What a loop does with one entry: a program on single numbers, made of the operations that share the loop. */
import { fusePowers } from '../fusePowers.ts';
import type { Dtype } from '../program.ts';
import { ScalarBuilder } from '../scalarBuilder.ts';
import type { ScalarProgram } from '../scalarProgram.ts';
import { isKnown, type Operand, type Operation, type Read } from './operations.ts';
import type { LoopGroup } from './schedule.ts';
import type { LoopWriter } from './writer.ts';

/** Where an input of the body is found at the entry at hand. */
export type Source =
  | { readonly kind: 'stored'; readonly read: Read }
  | { readonly kind: 'known'; readonly values: Float64Array };

/** The body of one entry: its operations, what they read, and what becomes of their results. */
export interface Body {
  readonly program: ScalarProgram;
  readonly sources: readonly Source[];
  /** In the order of the program's outputs. */
  readonly results: readonly Operation[];
}

const allEqual = (values: Float64Array): boolean => values.every((value) => Object.is(value, values[0]));

class BodyBuilder {
  private readonly builder = new ScalarBuilder();
  private readonly sources: Source[] = [];
  private readonly kinds: Dtype[] = [];
  private readonly inputs = new Map<string, number>();
  private readonly made = new Map<number, number>();
  private readonly numbers = new Map<object, number>();

  constructor(private readonly writer: LoopWriter, private readonly group: LoopGroup) {}

  build(): Body {
    const { builder, writer: { list, stored } } = this;
    const results: Operation[] = [];
    const outputs: number[] = [];
    for (const operation of this.group.operations) {
      if (operation.kind === 'product') continue;
      const { dtype } = list.tensors[operation.output];
      const operands = operation.operands.map((operand) => this.operand(operand));
      if (operation.kind !== 'map') {
        results.push(operation);
        outputs.push(operands[0]);
        continue;
      }
      const node = builder.elementwise(operation.primitive, operands, operation.parameters, dtype);
      this.made.set(operation.output, node);
      if (!stored[operation.output]) continue;
      results.push(operation);
      outputs.push(node);
    }
    const program = fusePowers(builder.finish(
      this.kinds.map((kind) => ({ size: 1, kind })), outputs.map((node) => [node])
    ));
    return { program, sources: this.sources, results };
  }

  private operand(operand: Operand): number {
    if (isKnown(operand)) {
      const { values, dtype } = operand;
      if (allEqual(values)) return this.builder.constant(values[0], dtype);
      return this.input(`known ${this.numberOf(values)}`, { kind: 'known', values }, dtype);
    }
    const fused = operand.index === null ? this.made.get(operand.tensor) : undefined;
    if (fused !== undefined) return fused;
    const how = operand.index === null ? 'all' : this.numberOf(operand.index);
    return this.input(
      `${operand.tensor} ${how}`, { kind: 'stored', read: operand }, this.writer.list.tensors[operand.tensor].dtype
    );
  }

  private numberOf(array: object): number {
    const found = this.numbers.get(array);
    if (found !== undefined) return found;
    this.numbers.set(array, this.numbers.size);
    return this.numbers.size - 1;
  }

  private input(key: string, source: Source, kind: Dtype): number {
    const found = this.inputs.get(key);
    if (found !== undefined) return found;
    const node = this.builder.input(this.sources.push(source) - 1, 0, kind);
    this.kinds.push(kind);
    this.inputs.set(key, node);
    return node;
  }
}

export const bodyOf = (writer: LoopWriter, group: LoopGroup): Body => new BodyBuilder(writer, group).build();
