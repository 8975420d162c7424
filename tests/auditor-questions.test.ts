/** The auditor's page names tests; each must exist, under that name, in that file. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const page = readFileSync(join(root, 'docs/guides/architect/auditor-questions.md'), 'utf8');

/** `file`: *name*; *name* */
const named = [...page.matchAll(/`([^`\s]+\.test\.ts)`(?:: ((?:\*[^*]+\*(?:; )?)+))?/g)].map((match) => ({
  file: match[1] as string,
  tests: [...(match[2] ?? '').matchAll(/\*([^*]+)\*/g)].map((test) => test[1] as string),
}));

describe('the tests that "What your auditor will ask" names', () => {
  it('are many', () => {
    expect(named.length).toBeGreaterThan(25);
  });

  it.each(named)('$file has $tests', ({ file, tests }) => {
    const path = join(root, file);
    expect(existsSync(path)).toBe(true);
    const source = readFileSync(path, 'utf8').replaceAll("\\'", "'");
    for (const test of tests) expect(source).toContain(test);
  });
});
