/** Recipients of handovers and keys for answers, as an operator handles them. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateVendorKey } from '@numbra/vendor-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answersPolicy } from '../../../../tests/support/answers.js';
import { runCommand } from '../../../../tests/support/command.js';

describe('numbra recipient, numbra handover and numbra answer-key', () => {
  let folder: string;
  const at = (name: string): string => join(folder, name);
  const numbra = async (...args: string[]): Promise<{ status: number; body: Record<string, unknown> }> => {
    const { status, stdout } = await runCommand('--home', at('bank'), '--passphrase-file', at('passphrase'), '--json', ...args);
    return { status, body: JSON.parse(stdout) as Record<string, unknown> };
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'numbra recipients '));
    await writeFile(at('passphrase'), 'correct horse battery staple\n');
    await writeFile(at('policy.yaml'), await answersPolicy('answers: mac'));
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    await writeFile(at('insurer.jwks.json'), JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'insurer-1' }] }));
    await writeFile(at('vendor.jwks.json'), JSON.stringify((await generateVendorKey()).jwks));
    expect(await numbra('init', 'demo-bank', '--policy', at('policy.yaml'), '--port', '0')).toMatchObject({ status: 0 });
    expect(await numbra('vendor', 'add', 'vendor-a', '--jwks', at('vendor.jwks.json'))).toMatchObject({ status: 0 });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('registers a recipient with address, key and title, and lists it', async () => {
    const url = 'https://intake.insurer.example/numbra';
    const add = (...more: string[]) => numbra('recipient', 'add', 'insurer', '--url', url, '--jwks', at('insurer.jwks.json'), ...more);
    expect(await add('--title', '安心保险')).toEqual({
      status: 0,
      body: { recipient: 'insurer', title: '安心保险', url, kid: 'insurer-1' },
    });
    expect(await numbra('recipient', 'list')).toMatchObject({ body: { recipients: [{ id: 'insurer', title: '安心保险', url }] } });
    expect(await add('--title', '13800138000')).toMatchObject({ status: 1, body: { error: { code: 'ERR_RECIPIENT_NAME' } } });
    const open = await numbra('recipient', 'add', 'insurer', '--url', 'http://insurer.example', '--jwks', at('insurer.jwks.json'));
    expect(open).toMatchObject({ status: 1, body: { error: { code: 'ERR_RECIPIENT_ADDRESS' } } });
    const signing = await numbra('recipient', 'add', 'insurer', '--url', url, '--jwks', at('vendor.jwks.json'));
    expect(signing).toMatchObject({ status: 1, body: { error: { code: 'ERR_RECIPIENT_KEY' } } });
    expect(await numbra('recipient', 'list')).toMatchObject({ body: { recipients: [{ title: '安心保险' }] } });
    const asked = ['--url', url, '--jwks', at('insurer.jwks.json'), '--by', 'chen', '--why', 'a new key'];
    expect(await numbra('recipient', 'request', 'insurer', ...asked)).toMatchObject({
      status: 0,
      body: { id: expect.stringMatching(/^approval_/) },
    });
  });

  it('lists handovers, of which there are none yet', async () => {
    expect(await numbra('handover', 'list', '--state', 'undelivered')).toEqual({ status: 0, body: { handovers: [] } });
    expect(await numbra('handover', 'list', '--state', 'lost')).toMatchObject({ status: 1, body: { error: { code: 'ERR_ARGUMENT' } } });
  });

  it('makes a key for a vendor that is there, and shows it once', async () => {
    const { status, body } = await numbra('answer-key', 'add', 'vendor-a');
    expect(status).toBe(0);
    expect(body).toEqual({ vendor: 'vendor-a', kid: expect.stringMatching(/^answerkey_/), secret: expect.stringMatching(/^nak_.{43}$/) });
    expect(await numbra('answer-key', 'add', 'vendor-b')).toMatchObject({ status: 1, body: { error: { code: 'ERR_ANSWER_VENDOR' } } });
    expect(await readFile(at('bank/numbra.json'), 'utf8')).not.toContain(String(body['secret']));
  });

  it("lists a vendor's keys without their secrets, and ends one, once", async () => {
    const { kid, secret } = (await numbra('answer-key', 'add', 'vendor-a')).body;
    const list = async () => (await numbra('answer-key', 'list', 'vendor-a')).body['keys'] as Record<string, unknown>[];
    expect((await list())[0]).toEqual({ vendor: 'vendor-a', kid, madeAt: expect.stringMatching(/Z$/) });
    expect(JSON.stringify(await list())).not.toContain(String(secret));
    expect(await numbra('answer-key', 'end', String(kid))).toEqual({ status: 0, body: { kid, changed: true } });
    expect((await list())[0]).toMatchObject({ kid, endedAt: expect.stringMatching(/Z$/) });
    expect(await numbra('answer-key', 'end', String(kid))).toEqual({ status: 0, body: { kid, changed: false } });
    expect(await numbra('answer-key', 'end', 'answerkey_nothing')).toMatchObject({
      status: 1,
      body: { error: { code: 'ERR_ANSWER_KEY_UNKNOWN' } },
    });
    expect(await numbra('answer-key', 'list', 'nobody')).toMatchObject({ status: 1, body: { error: { code: 'ERR_VENDOR_UNKNOWN' } } });
    const shown = await runCommand('--home', at('bank'), '--passphrase-file', at('passphrase'), 'answer-key', 'list', 'vendor-a');
    expect(shown.stdout).toMatch(new RegExp(`^${String(kid)}  made \\S+Z  ended \\S+Z\nanswerkey_\\S+  made \\S+Z\n$`));
  });

  it('needs a secret for the message carrier, before anything is served', async () => {
    const refused = await numbra('serve', '--message-carrier', 'https://messages.bank.example/in');
    expect(refused).toMatchObject({ status: 1, body: { error: { code: 'ERR_ARGUMENT' } } });
    expect(JSON.stringify(refused.body)).toContain('NUMBRA_MESSAGE_SECRET');
  });
});
