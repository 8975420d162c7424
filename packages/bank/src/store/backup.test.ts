import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBank } from '@numbra/bank';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestBank, createTestDatabase, engines, type TestBank, testKeyring } from '../../../../tests/support/banks.js';
import { readBackup } from './backup.js';

const TERMS = { vendor: 'vendor-a', purpose: 'marketing.insurance.term-life', budgetCalls: 100, perCustomer: 2, perAgentPerHour: 40 };

describe.each(engines)('a backup on %s', (engine) => {
  let folder: string;
  let file: string;
  let test: TestBank;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'numbra backup '));
    file = join(folder, 'backup');
    test = await createTestBank(engine);
    const { bank } = test;
    await bank.vendors.add({ id: 'vendor-a', jwks: { keys: [] } }).catch(() => {});
    await test.database.query(`INSERT INTO vendor (id, jwks, added_at) VALUES ('vendor-a', '{}', now()) ON CONFLICT DO NOTHING`);
    // A separator that some readers take for the end of a line.
    await bank.customers.import(
      Array.from({ length: 700 }, (_, i) => ({
        customerId: `C${i}`,
        name: `王\u2028${i}`,
        phone: `1380013${String(i).padStart(4, '0')}`,
        consents: ['marketing.insurance'],
      })),
    );
    await bank.campaigns.create({ id: 'c-a', ...TERMS });
    expect(await bank.evidence.backup(file)).toMatchObject({ file, size: (await bank.ledger.sequence()).size });
  });
  afterAll(async () => {
    await test.drop();
    await rm(folder, { recursive: true });
  });

  it('holds no raw value and no key, is of its owner alone, and replaces no file', async () => {
    const text = await readFile(file, 'utf8');
    for (const raw of ['1380013', '王', Buffer.from('1380013').toString('hex')]) expect(text).not.toContain(raw);
    expect((await stat(file)).mode & 0o077).toBe(0);
    await expect(() => test.bank.evidence.backup(file)).toFailWith('ERR_FILE_EXISTS');
  });

  it.each(engines)('fills an empty store of %s with the same bank, which goes on from there', async (into) => {
    const { database, drop } = await createTestDatabase(into);
    const { rows } = await readBackup(database, file);
    expect(rows).toBeGreaterThan(700);
    const again = await openBank({ database, keyring: testKeyring() });
    expect(await again.ledger.verify()).toMatchObject({ verified: true });
    const head = 'SELECT encode(root, $1) AS root, size FROM ledger_head';
    expect(await database.query(head, ['hex'])).toEqual(await test.database.query(head, ['hex']));
    const ids = (db: typeof database) => db.query('SELECT id, customer_id, name, phone, customer_key, uses FROM customer ORDER BY id');
    expect(await ids(database)).toEqual(await ids(test.database));
    await again.customers.withdraw('C1', 'marketing.insurance');
    await again.customers.import([{ customerId: 'C-new', name: '李四', phone: '13900139000', consents: [] }]);
    await again.ledger.sequence();
    expect(await again.ledger.verify()).toMatchObject({ verified: true });
    await expect(() => readBackup(database, file)).toFailWith('ERR_BANK_EXISTS');
    await again.close();
    await drop();
  });

  it('is refused when it is cut, edited, of another schema, or nothing of ours; the store stays empty', async () => {
    const text = await readFile(file, 'utf8');
    const lines = text.split('\n');
    const { database, drop } = await createTestDatabase('pglite');
    const changed = join(folder, 'changed');
    for (const other of [
      '',
      'x',
      lines.slice(0, -2).join('\n'),
      text.replace('"C7"', '"C8"'),
      [...lines.slice(0, 9), ...lines.slice(10)].join('\n'),
    ]) {
      await writeFile(changed, other);
      await expect(() => readBackup(database, changed)).toFailWith('ERR_BACKUP_DAMAGED');
    }
    await expect(() => readBackup(database, join(folder, 'none'))).toFailWith('ERR_BACKUP_DAMAGED');
    const { createHash } = await import('node:crypto');
    const older = `${lines.slice(0, -2).join('\n').replace('"001_initial",', '')}\n`;
    await writeFile(changed, `${older}{"rows":1,"sha256":"${createHash('sha256').update(older).digest('hex')}"}\n`);
    await expect(() => readBackup(database, changed)).toFailWith('ERR_BACKUP_RELEASE');
    expect(await database.query('SELECT 1 FROM bank')).toEqual([]);
    await drop();
  });
});
