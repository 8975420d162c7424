import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isNumbraError, type NumbraError } from '@numbra/core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CsvReadOptions, type CsvRow, readCsv } from './read-csv.js';
import { csvLine } from './write-csv.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'numbra files '));
});
afterAll(() => rm(folder, { recursive: true }));

async function* blocks(bytes: Uint8Array, size = bytes.length || 1): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const utf8 = (text: string) => Buffer.from(text, 'utf8');

async function read(text: string | Uint8Array, options: Partial<CsvReadOptions> = {}, blockSize?: number): Promise<CsvRow[]> {
  const rows: CsvRow[] = [];
  const bytes = typeof text === 'string' ? utf8(text) : text;
  for await (const row of readCsv(blocks(bytes, blockSize), { columns: ['id'], ...options })) rows.push(row);
  return rows;
}

async function refusal(text: string | Uint8Array, options: Partial<CsvReadOptions> = {}): Promise<NumbraError> {
  try {
    await read(text, options);
  } catch (error) {
    if (isNumbraError(error)) return error;
    throw error;
  }
  throw new Error('nothing thrown');
}

/** 张三,13800138000 in GBK. */
const GBK_ROW = Buffer.concat([Buffer.from([0xd5, 0xc5, 0xc8, 0xfd]), Buffer.from(',13800138000\n')]);

describe('readCsv', () => {
  it('reads rows with their number and line, cells as written', async () => {
    expect(await read('id,name\n1,"Zhang, ""San"""\n\n2," 李四\r\n "\n')).toEqual([
      { row: 1, line: 2, cells: { id: '1', name: 'Zhang, "San"' } },
      { row: 2, line: 5, cells: { id: '2', name: ' 李四\r\n ' } },
    ]);
  });

  it('counts lines as an editor does, whatever ends them', async () => {
    for (const end of ['\n', '\r\n', '\r']) {
      const text = ['id,n', '1,"a', 'b"', '', '2,x', ''].join(end);
      expect(
        (await read(text)).map(({ line }) => line),
        JSON.stringify(end),
      ).toEqual([3, 5]);
      expect((await refusal(`${text}3`)).where).toEqual({ row: 3, line: 6 });
    }
  });

  it('takes CRLF, LF and CR, a missing last line end, and a byte order mark', async () => {
    for (const text of ['id,n\r\n1,2\r\n', 'id,n\n1,2', '\ufeffid,n\n1,2\n', 'id,n\r1,2\r', 'id,n\r\n1,2\n', ' id ,n\n1,2\n']) {
      expect(
        (await read(text)).map(({ cells }) => ({ ...cells })),
        JSON.stringify(text),
      ).toEqual([{ id: '1', n: '2' }]);
    }
  });

  it('reads GBK and GB 18030 without being told, and when told', async () => {
    const bytes = Buffer.concat([utf8('name,id\n'), GBK_ROW, Buffer.from([0x90, 0x30, 0x81, 0x30]), utf8(',2\n')]);
    for (const encoding of ['auto', 'gb18030'] as const) {
      expect((await read(bytes, { encoding })).map(({ cells }) => cells['name'])).toEqual(['张三', '\u{10000}']);
    }
  });

  it('reads the same whatever the size of the blocks it arrives in', async () => {
    const text = utf8('id,name\r\n1,"张\r\n三"\r\n2,"""李"""\r\n');
    const whole = await read(text);
    for (let size = 1; size <= text.length; size++) expect(await read(text, { encoding: 'utf-8' }, size)).toEqual(whole);
  });

  it('returns what csvLine wrote, for every text', async () => {
    const cell = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\u0000'));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 8 }), async (rows) => {
        const text = [['id', 'n'], ...rows].map((row) => `${csvLine(row)}\n`).join('');
        expect((await read(text)).map(({ cells }) => [cells['id'], cells['n']])).toEqual(rows);
      }),
    );
  });

  it('keeps a column named like an object’s own member', async () => {
    const [row] = await read('id,__proto__,constructor\n1,2,3\n');
    expect(Object.entries(row!.cells)).toEqual([
      ['id', '1'],
      ['__proto__', '2'],
      ['constructor', '3'],
    ]);
  });

  it('refuses a ragged row with its number, line and no value', async () => {
    for (const text of ['id,n\n1,2\n13800138000\n', 'id,n\n1,2\n13800138000,2,3\n']) {
      const error = await refusal(text, { file: 'customers.csv' });
      expect(error.code).toBe('ERR_CSV_RAGGED_ROW');
      expect(error.where).toEqual({ file: 'customers.csv', row: 2, line: 3 });
      expect(`${error.message} ${error.stack} ${error.cause}`).not.toContain('138');
    }
  });

  it('refuses a stray, an open and a badly closed quote', async () => {
    for (const text of ['id,n\n1,5" 13800138000\n', 'id,n\n1,"13800138000\n', 'id,n\n1,"2" 13800138000\n']) {
      const error = await refusal(text);
      expect(error.code, text).toBe('ERR_CSV_QUOTE');
      expect(error.where.row).toBe(1);
      expect(error.message).not.toContain('138');
    }
  });

  it('refuses a missing, a doubled and an unnamed column, naming only columns that were asked for', async () => {
    expect(await refusal('phone,n\n1,2\n')).toMatchObject({ code: 'ERR_CSV_MISSING_COLUMN', where: { line: 1, column: 'id' } });
    expect(await refusal('id,id\n1,2\n')).toMatchObject({ code: 'ERR_CSV_DUPLICATE_COLUMN', where: { line: 1, column: 'id' } });
    expect(await refusal('id,13800138000,13800138000\n1,2,3\n')).toMatchObject({
      code: 'ERR_CSV_DUPLICATE_COLUMN',
      where: { column: 'number 3' },
    });
    expect(await refusal('id,\n1,2\n')).toMatchObject({ code: 'ERR_CSV_UNNAMED_COLUMN', where: { column: 'number 2' } });
  });

  it('refuses an empty file', async () => {
    for (const text of ['', '\ufeff', '\n\n']) expect((await refusal(text)).code).toBe('ERR_CSV_EMPTY');
  });

  it('refuses bytes that fit neither encoding, with the line', async () => {
    const bytes = Buffer.concat([utf8('id,n\n1,张三\n2,'), Buffer.from([0xff, 0xff]), utf8('\n')]);
    expect(await refusal(bytes)).toMatchObject({ code: 'ERR_CSV_ENCODING', where: { line: 3 } });
    expect(await refusal(bytes, { encoding: 'utf-8' })).toMatchObject({ code: 'ERR_CSV_ENCODING', where: { line: 3 } });
    expect(await refusal(Buffer.concat([utf8('id,name\n'), GBK_ROW]), { encoding: 'utf-8' })).toMatchObject({
      code: 'ERR_CSV_ENCODING',
      where: { line: 2 },
    });
    expect(await refusal('id,n\n1,a\u0000b\n')).toMatchObject({ code: 'ERR_CSV_ENCODING', where: { line: 2 } });
  });

  it('refuses a character cut off at the end of the file', async () => {
    expect((await refusal(Buffer.concat([utf8('id\n'), utf8('张').subarray(0, 2)]), { encoding: 'utf-8' })).code).toBe('ERR_CSV_ENCODING');
  });

  it('refuses UTF-16, with its mark and without', async () => {
    const text = 'id,n\n1,2\n';
    for (const bytes of [
      Buffer.from(`\ufeff${text}`, 'utf16le'),
      Buffer.from(`\ufeff${text}`, 'utf16le').swap16(),
      Buffer.from(text, 'utf16le'),
    ]) {
      expect((await refusal(bytes)).code).toBe('ERR_CSV_ENCODING_UTF16');
    }
  });

  it('refuses a row without end', async () => {
    for (const text of [`id\n${'1'.repeat(3_000_000)}`, `id\n"${'1\n'.repeat(2_000_000)}`])
      expect((await refusal(text)).code).toBe('ERR_CSV_ROW_TOO_LONG');
  });

  it('says which file is missing or cannot be read', async () => {
    const first = async (path: string) => {
      for await (const row of readCsv(path, { columns: ['id'] })) return row;
      return undefined;
    };
    await expect(() => first(join(folder, 'none.csv'))).toFailWith('ERR_FILE_MISSING');
    await expect(() => first(folder)).toFailWith('ERR_FILE_UNREADABLE');
  });

  it('reads from a path, and lets a reader stop early', async () => {
    const path = join(folder, 'customers.csv');
    await writeFile(path, `id\n${Array.from({ length: 50_000 }, (_, i) => `${i}\n`).join('')}`);
    const rows: string[] = [];
    for await (const { cells } of readCsv(path, { columns: ['id'] })) {
      rows.push(cells['id'] as string);
      if (rows.length === 3) break;
    }
    expect(rows).toEqual(['0', '1', '2']);
  });
});
