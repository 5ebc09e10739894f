import { InputError } from '../../errors.ts';

/** A ladder that cannot be finished, for no fault of its files: what came before it stays good. */
export class LadderFailure extends InputError {}
