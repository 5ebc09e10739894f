/** "Did you mean …?": the candidate a mistyped word most likely stands for. */

/**
 * The candidate nearest to `word`: the first that starts with it, else the first at the smallest edit distance,
 * if that distance is at most a third of the word (1 at least).
 * @returns null if nothing is near enough
 */
export function nearestName(word: string, candidates: readonly string[]): string | null {
  const wanted = word.toLowerCase();
  if (wanted.length >= 2) {
    const begun = candidates.find((candidate) => candidate.toLowerCase().startsWith(wanted));
    if (begun !== undefined) return begun;
  }
  let nearest: string | null = null;
  let smallest = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(wanted, candidate.toLowerCase());
    // A word whose every letter would change resembles nothing.
    if (distance < smallest && distance < Math.max(word.length, candidate.length)) {
      smallest = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

/**
 * Number of insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b` (optimal string
 * alignment).
 */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      row[j] = Math.min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) row[j] = Math.min(row[j], before[j - 2] + 1);
    }
    before = above;
    above = row;
  }
  return above[b.length];
}
