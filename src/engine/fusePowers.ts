/**
 * jax-js writes x to the power y as exp(y · log x). Where the logarithm serves nothing else and x is never negative
 * (there the two differ), this is a power again: more accurate, and a few products or a square root for small
 * multiples of one half.
 */
import { ScalarBuilder } from './scalarBuilder.ts';
import { countUses, type ScalarProgram } from './scalarProgram.ts';

/** Largest exponent that is written out as products. */
const MOST_PRODUCTS = 8;

class PowerFuser {
  private readonly builder = new ScalarBuilder();
  private readonly uses: Int32Array;
  private readonly renamed: number[] = [];

  constructor(private readonly program: ScalarProgram) {
    this.uses = countUses(program);
  }

  run(): ScalarProgram {
    const { nodes, inputs, outputs } = this.program;
    nodes.forEach((node, k) => {
      const { op, kind, operands, value, input = 0, entry = 0 } = node;
      const given = operands.map((operand) => this.renamed[operand]);
      if (value !== undefined) this.renamed[k] = this.builder.constant(value, kind);
      else if (op === 'input') this.renamed[k] = this.builder.input(input, entry, kind);
      else this.renamed[k] = (op === 'exp' ? this.power(operands[0]) : undefined)
        ?? this.builder.apply(op, given, kind);
    });
    return this.builder.finish(inputs, outputs.map((entries) => entries.map((k) => this.renamed[k])));
  }

  /** The power that the exponential of a node is, if it is one. */
  private power(exponent: number): number | undefined {
    const { nodes } = this.program;
    const argument = (k: number): number => this.renamed[nodes[k].operands[0]];
    const isLogarithm = (k: number): boolean =>
      nodes[k].op === 'log' && this.uses[k] === 1 && this.builder.isNonNegative(argument(k));
    if (isLogarithm(exponent)) return argument(exponent);
    const { op, operands } = nodes[exponent];
    const at = operands.findIndex(isLogarithm);
    if (at === -1 || this.uses[exponent] !== 1) return undefined;
    const base = argument(operands[at]);
    if (op === 'neg') return this.builder.apply('reciprocal', [base], 'float');
    if (op !== 'mul') return undefined;
    const y = this.renamed[operands[1 - at]];
    return this.products(base, this.builder.number(y)) ?? this.builder.apply('pow', [base, y], 'float');
  }

  private products(base: number, y: number | undefined): number | undefined {
    if (y === undefined || !Number.isInteger(2 * y) || Math.abs(y) > MOST_PRODUCTS || y === 0) return undefined;
    const { builder } = this;
    const factors: number[] = Number.isInteger(y) ? [] : [builder.apply('sqrt', [base], 'float')];
    let square = base;
    for (let rest = Math.floor(Math.abs(y)); rest > 0; rest = Math.floor(rest / 2)) {
      if (rest % 2 === 1) factors.push(square);
      if (rest > 1) square = builder.apply('mul', [square, square], 'float');
    }
    const result = factors.reduce((product, factor) => builder.apply('mul', [product, factor], 'float'));
    return y > 0 ? result : builder.apply('reciprocal', [result], 'float');
  }
}

export const fusePowers = (program: ScalarProgram): ScalarProgram => new PowerFuser(program).run();
