/** Why a program has no vector code; the caller then runs it in the `scalar` executor and says so. */
export class CannotVectorise extends Error {}

export class UnsupportedPrimitive extends CannotVectorise {
  /** @param primitive the name by which users know it @param why what keeps it out, if not the primitive as such */
  constructor(readonly primitive: string, why?: string) {
    super(`the primitive "${primitive}" has no vector form${why === undefined ? '' : ` ${why}`}`);
  }
}
