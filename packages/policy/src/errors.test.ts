import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { errors, PolicyError, type PolicyErrorCode } from './errors.js';

const folder = fileURLToPath(new URL('.', import.meta.url));
const sources = (readdirSync(folder, { recursive: true, encoding: 'utf8' }) as string[])
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && name !== 'errors.ts')
  .map((name) => readFileSync(join(folder, name), 'utf8'));

describe('an error', () => {
  it.each(Object.keys(errors) as PolicyErrorCode[])('%s is thrown somewhere, and says what is wrong and what to do', (code) => {
    expect(sources.some((text) => text.includes(`'${code}'`))).toBe(true);
    const error = new PolicyError(code, { file: 'p.yaml', line: 3, column: 7, path: 'purposes' }, 'More.');
    expect(error.message).toBe(`p.yaml:3:7: ${errors[code].message} More. [purposes]`);
    expect(error.action).toMatch(/\.$/);
    expect((error as unknown as Record<symbol, unknown>)[Symbol.for('@numbra/error')]).toBe(true);
  });

  it('is thrown with no code that the table does not hold', () => {
    const used = new Set(
      sources.flatMap((text) => [...text.matchAll(/ERR_(?:POLICY|AUTHZEN|MEASURE)_[A-Z]+(?:_[A-Z]+)*/g)].map(([code]) => code)),
    );
    for (const code of used) expect(Object.keys(errors)).toContain(code);
  });
});
