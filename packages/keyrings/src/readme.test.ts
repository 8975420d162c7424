// biome-ignore-all assist/source/organizeImports: the region is shown in the README as it stands
/** The code of the README, run: the fence there is compared with the region here. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'numbra readme '));
const path = join(folder, 'keyring.json');

// #region readme
import { Sensitive } from '@numbra/core';
import { createPassphraseFile, openPassphraseFile } from '@numbra/keyrings/passphrase-file';

const passphrase = new Sensitive('several words are better than one');
(await createPassphraseFile(path, passphrase)).close();

const keyring = await openPassphraseFile(path, passphrase);
const storeKey = await keyring.bankKey('store'); // 64 bytes; wipe them after use
keyring.close();
// #endregion

afterAll(() => rmSync(folder, { recursive: true }));

it('runs', () => {
  expect(storeKey).toHaveLength(64);
});
