import { hash, randomUUID } from 'node:crypto';
import { generateGrantKey, issueAuditGrant } from '@numbra/grants';
import {
  bundleEntries,
  openCheckpoint,
  openTiles,
  parseVerifierKey,
  sha256FromHex,
  TILE_WIDTH,
  type TileSource,
  tilePath,
} from '@numbra/ledger';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines } from '../../../../tests/support/banks.js';
import { readAnswer, startGateway, type TestGateway } from '../../../../tests/support/gateways.js';
import { openBankContext } from '../../../bank/src/open.js';

const sha256 = sha256FromHex((bytes) => hash('sha256', bytes, 'hex'));

describe.each(engines)('the ledger over HTTP on %s', (engine) => {
  let test: TestGateway;
  beforeAll(async () => {
    test = await startGateway(engine);
    await test.bank.ledger.sequence();
  });
  afterAll(() => test.close());

  const source = (): TileSource => ({
    async tile(level, n, width) {
      const response = await fetch(`${test.url}/ledger/${tilePath(level, n, width)}`);
      if (response.status !== 200) return undefined;
      expect(response.headers.get('content-type')).toBe('application/octet-stream');
      expect(response.headers.get('cache-control')).toContain('immutable');
      return new Uint8Array(await response.arrayBuffer());
    },
  });

  it('lets anyone prove an entry from the checkpoint and the tiles alone', async () => {
    const response = await fetch(`${test.url}/ledger/checkpoint`);
    expect(response.headers.get('cache-control')).toBe('no-cache');
    const note = await response.text();
    expect(note).toBe(await test.bank.ledger.publicCheckpoint());
    const { checkpoint } = openCheckpoint(note, { logKeys: [parseVerifierKey(test.bank.ledger.verifierKey)] });
    expect(checkpoint.size).toBeGreaterThan(0);
    const tree = openTiles(sha256, source(), checkpoint);
    for (let i = 0; i < checkpoint.size; i++) await tree.inclusion(i);
  });

  it('serves a tile under one name, and nothing beyond the public checkpoint', async () => {
    const size = Number((await (await fetch(`${test.url}/ledger/checkpoint`)).text()).split('\n')[1]);
    const width = size % TILE_WIDTH;
    expect((await fetch(`${test.url}/ledger/tile/0/000.p/${width}`)).status).toBe(200);
    for (const path of [
      `0/000.p/${width + 1}`,
      '0/000',
      '0/0',
      '00/000',
      '0/x000/000',
      '0/000.p/0',
      '0/000.p/256',
      `0/000.p/0${width}`,
      '0/999',
      '1/000.p/1',
      '64/000',
      '-1/000',
      '0/../0/000',
      '0/000.p/1%00',
    ]) {
      const answer = await readAnswer(await fetch(`${test.url}/ledger/tile/${path}`));
      expect(answer, path).toMatchObject({ status: 404, code: 'not-found' });
    }
  });

  it('keeps entries from everybody who is not an auditor', async () => {
    const path = '/ledger/tile/entries/000.p/1';
    expect(await readAnswer(await fetch(`${test.url}${path}`))).toMatchObject({ status: 401, code: 'credentials-missing' });
    const answer = await test.call(test.a, undefined, { method: 'GET', path });
    expect(answer).toMatchObject({ status: 403, code: 'action-not-granted' });
  });

  it('gives an auditor the entries, which are those that the checkpoint signs, and no call', async () => {
    const { url, database, keyring, bank } = test;
    const context = await openBankContext({ database, keyring });
    const auditor = await generateGrantKey();
    const token = await issueAuditGrant(
      {
        issuer: url,
        audience: url,
        clientId: 'auditor-1',
        thumbprint: auditor.kid,
        now: Date.now(),
        jti: randomUUID(),
        identifier: 'grant_0123456789',
      },
      context.grantKey,
    );
    const holder = { ...test.a, key: auditor };
    const size = Number((await bank.ledger.publicCheckpoint()).split('\n')[1]);
    const path = `/ledger/${tilePath('entries', 0, size)}`;
    const headers = { authorization: `DPoP ${token}`, dpop: await test.proof(holder, token, 'GET', path) };
    const response = await fetch(`${url}${path}`, { headers });
    expect(response.status).toBe(200);
    const entries = bundleEntries(new Uint8Array(await response.arrayBuffer()));
    expect(entries).toHaveLength(size);
    for (const [i, body] of entries.entries()) expect(body).toBe(await bank.ledger.entry(i));
    const beyond = `/ledger/${tilePath('entries', 0, size + 1)}`;
    expect((await test.call(holder, undefined, { method: 'GET', path: beyond, grant: token })).status).toBe(404);
    expect(await test.call(holder, { dial_token: 'x' }, { grant: token })).toMatchObject({ status: 403, code: 'action-not-granted' });
  });
});
