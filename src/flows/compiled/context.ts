/** What all code of a compiled flow is written with. */
import type { VectorMath } from '../../engine/simd/vectorMath.ts';
import type { Lanes } from '../../engine/wasm/lanes.ts';
import type { ModuleBuilder } from '../../engine/wasm/moduleBuilder.ts';

export interface Context {
  readonly module: ModuleBuilder;
  readonly lanes: Lanes;
  readonly math: VectorMath;
  /** Points per tile. */
  readonly tile: number;
}
