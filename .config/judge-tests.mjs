/** In CI a skipped test is a failure: it names each one. */
import { readFileSync } from 'node:fs';

const report = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const skipped = report.testResults.flatMap(({ name, assertionResults }) =>
  assertionResults
    .filter(({ status }) => status === 'pending' || status === 'skipped' || status === 'todo')
    .map(({ fullName }) => `${name}: ${fullName}`),
);
for (const test of skipped) console.log(`skipped: ${test}`);
process.exitCode = skipped.length > 0 || report.numPassedTests === 0 ? 1 : 0;
