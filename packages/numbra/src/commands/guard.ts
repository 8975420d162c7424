import { createInterface } from 'node:readline';
import { fail } from '../errors.js';
import { EXIT_REFUSED } from '../output.js';
import type { Register } from '../program.js';

interface Line {
  readonly id: unknown;
  readonly text: string;
}

/** `numbra guard`: the egress guard over texts, one JSON object a line in, one a line out. Opens no bank and knows no customer. */
export const registerGuard: Register = (program, act) => {
  program
    .command('guard')
    .description('find raw identifiers in texts: { "id", "text" } a line on stdin, { "id", "findings" } a line on stdout')
    .addHelpText(
      'after',
      '\nExample:\n  echo \'{"id":1,"text":"call 138 0013 8000"}\' | numbra guard --json\n\nThe exit status is 1 when something was found.',
    )
    .action(
      act(async (context) => {
        const { scanText } = await import('@numbra/core/guard');
        let number = 0;
        let found = 0;
        for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
          number += 1;
          if (line.trim() === '') continue;
          const { id, text } = parseLine(line, number);
          const findings = scanText(text).map(({ kind, start, end }) => ({ kind, start, end }));
          found += findings.length;
          context.output.result(
            { id, findings },
            findings.map(({ kind, start, end }) => `line ${number}: ${kind} at ${start} to ${end}`).join('\n'),
          );
        }
        return found === 0 ? 0 : EXIT_REFUSED;
      }),
    );
};

function parseLine(line: string, number: number): Line {
  try {
    const value = JSON.parse(line) as Partial<Line> | null;
    if (value !== null && typeof value === 'object' && typeof value.text === 'string') return { id: value.id ?? null, text: value.text };
  } catch {
    // falls through to the one error
  }
  throw fail('ERR_ARGUMENT', { line: number }, { detail: 'a line is not { "id", "text" } as JSON' });
}
