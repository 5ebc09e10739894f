/** One line of docs/numpy.md: a piece of NumPy, what to write here, and what to know about it. */
export interface Row {
  /** NumPy, evaluated by NumPy for the numbers that are expected; `text` is not evaluated. */
  readonly numpy: string;
  /** Here, evaluated with `np`, `nn`, `lax` and the arrays of the page; null where there is nothing. */
  readonly here: string | null;
  readonly note: string;
}

export interface Section {
  readonly title: string;
  readonly text: string;
  readonly rows: readonly Row[];
}

export const row = (numpy: string, here: string | null, note = ''): Row => ({ numpy, here, note });

/** The same name and spelling. */
export const same = (...expressions: readonly string[]): Row[] => expressions.map((each) => row(each, each));
