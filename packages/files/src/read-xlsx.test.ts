import { strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { readXlsx } from './read-xlsx.js';

const sheet = (rows: string): string => `<?xml version="1.0"?><worksheet><sheetData>${rows}</sheetData></worksheet>`;
const book = (parts: Record<string, string>): Uint8Array =>
  zipSync(Object.fromEntries(Object.entries(parts).map(([name, text]) => [name, strToU8(text)])));

describe('reading a spreadsheet', () => {
  it('reads shared, inline and plain cells of every sheet, in the order of the sheets', async () => {
    const bytes = book({
      'xl/sharedStrings.xml':
        '<sst><si><t>a &amp; b</t></si><si><r><t>run </t></r><r><t xml:space="preserve">two&#x4E00;</t></r><rPh><t>x</t></rPh></si></sst>',
      'xl/worksheets/sheet10.xml': sheet('<row><c t="str"><f>A1</f><v>last</v></c></row>'),
      'xl/worksheets/sheet2.xml': sheet(
        '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" s="1"/><c r="C1" t="s"><v>1</v></c></row><row r="2"/>',
      ),
      'xl/worksheets/sheet1.xml': sheet('<row><c t="inlineStr"><is><t>in_x000A_line</t></is></c><c><v>13800138000</v></c></row>'),
      'xl/media/image1.png': 'not looked at',
    });
    expect(await readXlsx(bytes)).toEqual([
      { sheet: 1, cells: ['in\nline', '13800138000'] },
      { sheet: 2, cells: ['a & b', 'run two一'] },
      { sheet: 10, cells: ['last'] },
    ]);
  });

  it('refuses what is no spreadsheet, or damaged, or points at a text that is not there', async () => {
    await expect(() => readXlsx(strToU8('a,b\n'))).toFailWith('ERR_XLSX_UNREADABLE');
    await expect(() => readXlsx(book({ 'word/document.xml': '' }))).toFailWith('ERR_XLSX_UNREADABLE');
    const dangling = book({ 'xl/worksheets/sheet1.xml': sheet('<row><c t="s"><v>7</v></c></row>') });
    await expect(() => readXlsx(dangling)).toFailWith('ERR_XLSX_UNREADABLE');
    await expect(() => readXlsx(dangling.subarray(0, 60))).toFailWith('ERR_XLSX_UNREADABLE');
    await expect(() => readXlsx('/does/not/exist.xlsx')).toFailWith('ERR_FILE_MISSING');
  });

  it('refuses one that unfolds to more than memory should hold, before it does', async () => {
    const bytes = book({ 'xl/worksheets/sheet1.xml': sheet('') });
    // What the directory says of the unpacked size: the four bytes at 24 of its only record.
    const record = Buffer.from(bytes).lastIndexOf(Buffer.from('PK\x01\x02', 'latin1'));
    const bomb = Buffer.from(bytes);
    bomb.writeUInt32LE(0x7fffffff, record + 24);
    await expect(() => readXlsx(bomb)).toFailWith('ERR_XLSX_TOO_LARGE');
  });
});
