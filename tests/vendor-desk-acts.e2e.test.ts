/** `numbra-vendor` asks questions, hands customers over and works for single people, before a real gateway. */
import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createMessageWebhook } from '@numbra/gateway';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { entriesOf, type Receiver, referenceOf, startAnswers, startReceiver } from './support/answers.js';
import { type Answer, readAnswer, type TestGateway } from './support/gateways.js';
import { type Program, prepareWorkplace, type Workplace } from './vendor-desk/support.js';

describe('numbra-vendor', () => {
  let test: TestGateway;
  let phones: Receiver;
  let insurer: Receiver;
  let work: Workplace;
  let program: Program;
  const closing: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    [phones, insurer] = await Promise.all([startReceiver(), startReceiver()]);
    const messages = createMessageWebhook({ url: phones.url, secrets: [`whsec_${Buffer.alloc(32, 7).toString('base64')}`] });
    test = await startAnswers('pglite', { messages, handovers: { everyMs: 20, networks: ['loopback'] } });
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'insurer-1' }] };
    await test.bank.handovers.addRecipient({ id: 'insurer', url: insurer.url, jwks });
    work = await prepareWorkplace({ url: test.url }, test.a);
    program = await work.serve('--campaign', 'c-a');
    closing.push(program.stop, () => test.close(), messages.close, phones.close, insurer.close, work.remove);
  });
  afterAll(async () => {
    for (const close of closing) await close();
  });

  const identity = (): string[] => ['--issuer', test.url, '--client-id', 'vendor-a', '--key', work.keyFile, '--campaign', 'c-a'];
  const command = async (...argv: string[]) => {
    const { status, out, err } = await work.command(...argv, ...identity());
    return { status, err, said: (out === '' ? {} : JSON.parse(out)) as Record<string, unknown> };
  };
  const desk = async (method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<Answer> =>
    readAnswer(
      await fetch(`${program.at}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${program.secret}`,
          ...(body && { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() }),
          ...headers,
        },
        ...(body && { body: JSON.stringify(body) }),
      }),
    );
  const lastCode = (): string => /[0-9]{6}/.exec((JSON.parse(phones.got.at(-1)!.body) as { text: { en: string } }).text.en)![0];

  it('asks a question from the shell, and prints what it verified', async () => {
    const yes = await command('ask', await referenceOf(test, test.a, 0), '--question', 'balance-50k');
    expect(yes).toMatchObject({ status: 0, said: { outcome: 'answered', question: 'balance-50k', answer: true } });
    expect(yes.said['token']).toMatch(/^ey/);
    const refused = await command('ask', await referenceOf(test, test.a, 0), '--question', 'income-10k');
    expect(refused).toMatchObject({ status: 1, said: { outcome: 'refused', code: 'answer-unavailable' } });
    const own = await command('ask', await referenceOf(test, test.a, 1), '--question', 'balance-50k', '--as-agent', 'agent-3');
    expect(own).toMatchObject({ status: 0, said: { answer: false } });
    expect((await entriesOf(test)).filter(({ type, agent }) => type === 'grant.issued' && agent === 'agent-3')).toHaveLength(1);
  });

  it('hands a customer over from the shell, step by step', async () => {
    const begun = await command('handover', 'begin', await referenceOf(test, test.a, 2), '--recipient', 'insurer');
    expect(begun).toMatchObject({ status: 0, said: { outcome: 'begun', state: 'confirming' } });
    const id = String(begun.said['handoverId']);
    expect(await command('handover', 'show', id)).toMatchObject({ status: 0, err: '', said: { handoverId: id, state: 'confirming' } });
    const code = lastCode();
    const wrong = String((Number(code) + 1) % 1_000_000).padStart(6, '0');
    expect(await command('handover', 'confirm', id, '--code', wrong)).toMatchObject({ status: 1, said: { code: 'code-refused' } });
    expect(await command('handover', 'confirm', id, '--code', code)).toMatchObject({ status: 0, said: { outcome: 'confirmed' } });
    await vi.waitFor(async () => expect((await command('handover', 'show', id)).said['state']).toBe('delivered'), 5_000);
    expect(await command('handover', 'show', 'handover_nobodys')).toMatchObject({ status: 1, said: {} });
  });

  it('takes the key for MACs from a private file, and from no other', async () => {
    const file = join(work.folder, 'answer.key');
    await writeFile(file, '{"kid":"x"}', { mode: 0o600 });
    const argv = ['ask', await referenceOf(test, test.a, 3), '--question', 'balance-50k', '--answer-key', file];
    expect((await command(...argv)).err).toContain('ERR_PROGRAM_ANSWER_KEY');
    const { kid, secret } = await test.bank.answers.addKey('vendor-a');
    const good = join(work.folder, 'good.key');
    await writeFile(good, JSON.stringify({ vendor: 'vendor-a', kid, secret }), { mode: 0o600 });
    expect(await command(...argv.slice(0, -1), good)).toMatchObject({ status: 0, said: { answer: false } });
    const open = join(work.folder, 'open.key');
    await writeFile(open, JSON.stringify({ kid, secret }), { mode: 0o644 });
    expect((await command(...argv.slice(0, -1), open)).err).toContain('ERR_PROGRAM_FILE_OPEN_TO_OTHERS');
  });

  it('passes questions and handovers on for software that speaks plain HTTP, unchanged', async () => {
    const asked = await desk('POST', '/v1/answers', { reference: await referenceOf(test, test.a, 4), question: 'balance-50k' });
    expect(asked.status).toBe(200);
    expect(JSON.parse(asked.body)).toMatchObject({ question: 'balance-50k', answer: true });
    const begun = await desk('POST', '/v1/handovers', { reference: await referenceOf(test, test.a, 5), recipient: 'insurer' });
    expect(begun.status).toBe(201);
    const { handover_id: id } = JSON.parse(begun.body) as { handover_id: string };
    expect((await desk('POST', `/v1/handovers/${id}/confirmation`, { code: lastCode() })).status).toBe(200);
    expect((await desk('GET', `/v1/handovers/${id}`)).status).toBe(200);
    expect(await desk('POST', '/v1/answers', { reference: 'nr1_x', question: 'balance-50k' })).toMatchObject({
      status: 403,
      code: 'answer-unavailable',
    });
  });

  it('goes with a grant of the person who sits at the desk, where Numbra-Agent names one', async () => {
    const as = { 'numbra-agent': 'agent-9' };
    for (const i of [6, 7]) expect((await desk('POST', '/v1/calls', { dial_token: test.a.rows[i]!.dialToken }, as)).status).toBe(201);
    const question = { reference: await referenceOf(test, test.a, 8), question: 'balance-50k' };
    expect((await desk('POST', '/v1/answers', question, as)).status).toBe(200);
    const issued = (await entriesOf(test)).filter(({ type, agent }) => type === 'grant.issued' && agent === 'agent-9');
    // One a kind of act, on one key of the person's.
    expect(issued.map(({ actions }) => actions)).toEqual([['dial'], ['answer']]);
    expect(new Set(issued.map(({ key }) => key)).size).toBe(1);
    const calls = (await entriesOf(test)).filter(({ type, agent }) => type === 'call.authorized' && agent === 'agent-9');
    expect(calls).toHaveLength(2);
    // Another name than the grant's is a contradiction; a sentence is no name.
    const order = { dial_token: test.a.rows[9]!.dialToken, agent: 'agent-8' };
    expect((await desk('POST', '/v1/calls', order, as)).status).toBe(400);
    expect(await desk('GET', '/v1/calls/x', undefined, { 'numbra-agent': 'Li Lei 13800138000' })).toMatchObject({
      status: 400,
      code: 'desk-agent-malformed',
    });
    expect(program.log()).not.toContain('13800138000');
  });
});
