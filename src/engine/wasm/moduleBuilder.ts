/** A WebAssembly module: imports, functions and exports, with one imported memory. */
import { flatten, sized, text, unsigned, vector, type Code, type VectorConstant } from './encoding.ts';
import { FunctionBuilder, typeByte, type Callable, type Signature } from './functionBuilder.ts';
import type { ValueType } from './instructions.ts';

/** Largest memory of a module in pages of 64 KiB: 4 GiB. Address space only; pages are taken when touched. */
export const MAXIMUM_PAGES = 65536;

const section = (id: number, content: Code): Code => [id, sized(content)];

/**
 * Vector constants as immutable globals, one for each value: V8 reads a global with one load, and builds a constant
 * from three instructions every time it is used.
 */
class ConstantPool {
  readonly globals: Code[] = [];
  private readonly indices = new Map<string, number>();

  readonly encode = ({ bytes }: VectorConstant): Code => {
    // All bits clear or set take one instruction.
    if (bytes.every((byte) => byte === bytes[0]) && (bytes[0] === 0 || bytes[0] === 255)) return [0xfd, 0x0c, ...bytes];
    const key = bytes.join();
    const index = this.indices.get(key) ?? this.globals.push([0x7b, 0x00, 0xfd, 0x0c, ...bytes, 0x0b]) - 1;
    this.indices.set(key, index);
    return [0x23, ...unsigned(index)];
  };
}

export class ModuleBuilder {
  private readonly imports: { readonly name: string; readonly signature: Signature }[] = [];
  private readonly functions: FunctionBuilder[] = [];
  private readonly exports: { readonly name: string; readonly callee: Callable }[] = [];
  private readonly types: string[] = [];

  /** A function that the host provides under `env.<name>`. Declare imports before functions. */
  import(name: string, parameters: readonly ValueType[], result: ValueType | 'void'): Callable {
    if (this.functions.length > 0) throw new Error('wasm: declare imports before functions');
    const known = this.imports.findIndex((entry) => entry.name === name);
    const index = known === -1 ? this.imports.length : known;
    const signature = { parameters, result };
    if (known === -1) this.imports.push({ name, signature });
    return { signature, index: () => index };
  }

  /** A new function; `build` writes its body. */
  function(
    parameters: readonly ValueType[], result: ValueType | 'void', build: (f: FunctionBuilder) => void, exported?: string
  ): FunctionBuilder {
    const f = new FunctionBuilder({ parameters, result });
    f.place(this.imports.length + this.functions.length);
    this.functions.push(f);
    build(f);
    if (exported !== undefined) this.exports.push({ name: exported, callee: f });
    return f;
  }

  private typeIndex({ parameters, result }: Signature): number {
    const key = JSON.stringify([parameters, result]);
    const known = this.types.indexOf(key);
    return known === -1 ? this.types.push(key) - 1 : known;
  }

  /** The binary. The memory is imported as `env.memory`, shared between threads. */
  finish(): Uint8Array<ArrayBuffer> {
    const imported = this.imports.map(
      ({ name, signature }): Code => [text('env'), text(name), 0x00, unsigned(this.typeIndex(signature))]
    );
    const memory: Code = [text('env'), text('memory'), 0x02, 0x03, unsigned(1), unsigned(MAXIMUM_PAGES)];
    const declared = this.functions.map(({ signature }): Code => unsigned(this.typeIndex(signature)));
    const types = this.types.map((key): Code => {
      const [parameters, result] = JSON.parse(key) as [ValueType[], ValueType | 'void'];
      return [
        0x60, vector(parameters.map((type) => [typeByte(type)])), vector(result === 'void' ? [] : [[typeByte(result)]])
      ];
    });
    const constants = new ConstantPool();
    const bodies = this.functions.map((f) => f.body(constants.encode));
    const exported = this.exports.map(({ name, callee }): Code => [text(name), 0x00, unsigned(callee.index())]);
    return flatten([
      0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00,
      section(1, vector(types)),
      section(2, vector([memory, ...imported])),
      section(3, vector(declared)),
      section(6, vector(constants.globals)),
      section(7, vector(exported)),
      section(10, vector(bodies)),
    ]) as Uint8Array<ArrayBuffer>;
  }
}
