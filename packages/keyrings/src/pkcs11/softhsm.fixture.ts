/** Real tokens for tests: SoftHSM2 (Debian: softhsm2), each in a folder of its own. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Sensitive } from '@numbra/core';

/** Where Debian, Fedora and Homebrew put the module. */
const places = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so',
  '/usr/lib64/pkcs11/libsofthsm2.so',
  '/opt/homebrew/lib/softhsm/libsofthsm2.so',
];

/** The module, or undefined on a machine without it. */
export const softhsm: string | undefined = places.find((place) => existsSync(place));
export const NEEDS_SOFTHSM = 'needs SoftHSM2: npm run setup:system';

export const PIN = '271828';
export const pin = new Sensitive(PIN);

export interface SoftHsm {
  readonly library: string;
  readonly folder: string;
  /** Where the tokens lie, as SoftHSM keeps them: one folder each. */
  readonly tokens: string;
  readonly configuration: string;
  remove(): void;
}

/**
 * Makes a folder with one token for each label, and points this process's SoftHSM at it. Only before the module is loaded.
 */
export function makeTokens(...labels: readonly string[]): SoftHsm {
  const folder = mkdtempSync(join(tmpdir(), 'numbra-softhsm-'));
  const tokens = join(folder, 'tokens');
  const configuration = join(folder, 'softhsm2.conf');
  mkdirSync(tokens);
  writeFileSync(configuration, `directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\n`);
  process.env['SOFTHSM2_CONF'] = configuration;
  for (const label of labels) {
    execFileSync('softhsm2-util', ['--init-token', '--free', '--label', label, '--pin', PIN, '--so-pin', '31415926'], { stdio: 'pipe' });
  }
  return {
    library: softhsm ?? '',
    folder,
    tokens,
    configuration,
    remove: () => rmSync(folder, { recursive: true }),
  };
}
