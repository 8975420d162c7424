import { describe, expect, it } from 'vitest';
import { csvLine, linesOf } from './write-csv.js';

describe('csvLine', () => {
  it('quotes only where a reader needs it', () => {
    expect(csvLine(['nr1_a', 'nd1_b', '*********42'])).toBe('nr1_a,nd1_b,*********42');
    expect(csvLine(['a,b', 'say "no"', 'two\nlines', '', ' x '])).toBe('"a,b","say ""no""","two\nlines",, x ');
    expect(csvLine([''])).toBe('""');
  });
});

describe('linesOf', () => {
  it('joins lines into pieces, a line feed after each, in order', async () => {
    const lines = Array.from({ length: 20_000 }, (_, i) => `row ${i}`);
    const pieces: string[] = [];
    for await (const piece of linesOf(lines)) pieces.push(piece);
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces.join('')).toBe(`${lines.join('\n')}\n`);
  });

  it('makes nothing of nothing', async () => {
    for await (const piece of linesOf([])) expect(piece).toBeUndefined();
  });
});
