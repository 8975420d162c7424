// biome-ignore-all assist/source/organizeImports: the region is shown in the README as it stands
/** The code of the README, run: the fence there is compared with the region here. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'numbra readme '));
const path = join(folder, 'customers.csv');
const rows: string[] = [];

// #region readme
import { csvLine, linesOf, readCsv, writeFileAtomic } from '@numbra/files';

const { sha256 } = await writeFileAtomic(path, linesOf(['id,name', csvLine(['C1', '张三']), csvLine(['C2', 'Li, Si'])]));

for await (const { row, line, cells } of readCsv(path, { columns: ['id', 'name'] })) {
  rows.push(`${row} ${line} ${cells['id']} ${cells['name']}`); // 1 2 C1 张三
}
// #endregion

afterAll(() => rmSync(folder, { recursive: true }));

it('runs', () => {
  expect(rows).toEqual(['1 2 C1 张三', '2 3 C2 Li, Si']);
  expect(sha256).toHaveLength(32);
});
