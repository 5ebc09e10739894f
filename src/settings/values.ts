/** Kinds of values that settings have, and how much of anything is too much. */
import { z } from 'zod';

/** PT samples, and generated ones: all are held in memory. */
export const MOST_SAMPLES = 1e8;

/** More stages than anyone has use for; an adaptive ladder that has not arrived by then never will. */
export const MOST_STAGES = 500;

export const positive = z.number().gt(0).lt(Infinity);
export const whole = (least: number): z.ZodNumber => z.number().int().gte(least).lte(2 ** 40);
