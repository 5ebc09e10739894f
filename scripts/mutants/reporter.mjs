// What Node's test runner has to tell of single tests, one JSON object a line.
export default async function* report(events) {
  for await (const { type, data } of events) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const { error, type: kind } = data.details;
    const { name, code, message } = error?.cause ?? {};
    const failure = type === 'test:pass' ? null : { type: error?.failureType ?? '', name: name ?? '', code: code ?? '', message: String(message ?? error?.cause ?? '') };
    yield `${JSON.stringify({ test: data.name, suite: kind === 'suite', nesting: data.nesting, skipped: data.skip !== undefined, failure })}\n`;
  }
}
