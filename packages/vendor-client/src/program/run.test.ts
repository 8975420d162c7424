import { describe, expect, it } from 'vitest';
import { run } from './run.js';

async function command(...argv: string[]): Promise<{ status: number; out: string; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const surroundings = {
    out: (text: string) => void out.push(text),
    err: (text: string) => void err.push(text),
    stop: new AbortController().signal,
  };
  const status = await run(argv, surroundings);
  return { status, out: out.join(''), err: err.join('') };
}

const IDENTITY = ['--issuer', 'https://bank.example', '--client-id', 'vendor-a', '--key', '/nowhere/vendor.key'];

describe('the command line', () => {
  it('shows its help with examples, on stdout when it was asked for', async () => {
    for (const argv of [['--help'], ['help'], ['serve', '--help']]) expect(await command(...argv)).toMatchObject({ status: 0, err: '' });
    const { out } = await command('-h');
    for (const word of ['init', 'serve', 'call', 'curl', 'pkcs11:']) expect(out).toContain(word);
    expect(await command()).toMatchObject({ status: 64, out: '' });
  });

  it.each([
    [['dance'], 'init, serve, call, ask, handover or deleted'],
    [['ask', ...IDENTITY, '--campaign', 'c-1', '--question', 'q'], 'one REFERENCE'],
    [['ask', 'nr1_secret', ...IDENTITY, '--campaign', 'c-1'], '--question is missing'],
    [['ask', 'nr1_secret', ...IDENTITY, '--question', 'q'], '--campaign is missing'],
    [['ask', 'nr1_secret', ...IDENTITY, '--campaign', 'c-1', '--question', 'q', '--as-agent', 'two words'], '--as-agent'],
    [['handover', 'begin', ...IDENTITY, '--campaign', 'c-1'], 'begin, confirm or show, and one id'],
    [['handover', 'steal', 'nr1_secret', ...IDENTITY, '--campaign', 'c-1'], 'begin, confirm or show, and one id'],
    [['handover', 'begin', 'nr1_secret', ...IDENTITY, '--campaign', 'c-1'], '--recipient is missing'],
    [['handover', 'confirm', 'handover_1', ...IDENTITY, '--campaign', 'c-1', '--code', '12 345'], '--code: six digits'],
    [['handover', 'show', 'handover_1', ...IDENTITY, '--campaign', 'c-1', '--code', '123456'], '--code'],
    [['serve'], '--issuer is missing'],
    [['serve', '--isuer', 'https://bank.example'], 'unknown --isuer'],
    [['serve', ...IDENTITY, '--port', '70000'], '--port'],
    [['serve', ...IDENTITY, '--port', '1', '--socket', '/x'], '--port or --socket'],
    [['serve', ...IDENTITY, '--socket', '/x', '--socket-mode', '666'], '600 or 660'],
    [['serve', ...IDENTITY, '--socket-mode', '600'], 'needs --socket'],
    [['serve', '--issuer', 'http://bank.example', ...IDENTITY.slice(2)], 'https, or http on this machine'],
    [['serve', '--issuer', 'https://bank.example', '--client-id'], 'an option without its value'],
    [['call', ...IDENTITY], 'one TOKEN'],
    [['call', 'nd1_secret', ...IDENTITY], '--campaign is missing'],
    [['call', 'nd1_secret', ...IDENTITY, '--campaign', 'c-1', '--idempotency-key', 'two words'], '--idempotency-key'],
    [['init'], '--key is missing'],
  ])('says what is wrong with %j, and never what was typed', async (argv, expected) => {
    const { status, out, err } = await command(...argv);
    expect([status, out]).toEqual([64, '']);
    expect(err).toContain(expected);
    expect(err).toContain('ERR_PROGRAM_USAGE');
    for (const typed of ['nd1_secret', 'nr1_secret', '123456', '12 345']) expect(err).not.toContain(typed);
  });

  it('says which file is missing, and what to do', async () => {
    const { status, err } = await command('call', 'nd1_secret', ...IDENTITY, '--campaign', 'c-1');
    expect(status).toBe(1);
    expect(err).toContain('/nowhere/vendor.key');
    expect(err).toContain('numbra-vendor init');
    expect(err).toContain('ERR_PROGRAM_FILE_UNREADABLE');
  });
});
