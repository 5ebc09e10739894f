// What Node's test runner has to tell of single tests, one JSON object a line.
export default async function* report(events) {
  for await (const { type, data } of events) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const { error, type: kind } = data.details;
    yield `${JSON.stringify({ test: data.name, suite: kind === 'suite', failure: error === undefined ? null : told(error) })}\n`;
  }
}

/** What is under `cause` is what the test threw. */
function told({ failureType = '', cause }) {
  const { name = '', message = cause } = cause ?? {};
  return { type: failureType, name, message: String(message) };
}
