/** Where in a result an error is shown: the paths of every one that is not null. */
export function shownErrors(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((entry, i) => shownErrors(entry, `${path}[${i}]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, entry]: [string, unknown]) => {
    const here = `${path}.${name}`;
    if (/^(standardErrors?|errors|largestGap|expected)$/.test(name)) return (Array.isArray(entry) ? entry.some((one) => one !== null) : entry !== null) ? [here] : [];
    return shownErrors(entry, here);
  });
}
