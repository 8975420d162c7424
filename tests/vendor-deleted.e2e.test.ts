/** A vendor states with its own program that it deleted its lists: the bank enters it, and the duty is overdue no longer. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startGateway, type TestGateway } from './support/gateways.js';
import { prepareWorkplace, type Workplace } from './vendor-desk/support.js';

let test: TestGateway;
let desk: Workplace;
beforeAll(async () => {
  test = await startGateway('pglite');
  desk = await prepareWorkplace({ url: test.url }, test.a);
});
afterAll(async () => {
  await desk.remove();
  await test.close();
});

const overdue = async (): Promise<string[]> => {
  const { overdue: lines } = await test.bank.evidence.report({ from: new Date(0), to: new Date(Date.now() + 365 * 86_400_000) });
  return lines.map(({ vendor }) => vendor);
};
const send = (body: string) =>
  fetch(`${test.url}/v1/campaigns/c-a/deletion`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });

it('signs without the bank, and one POST without a grant is enough', async () => {
  expect(await overdue()).toEqual(['vendor-a', 'vendor-b']);
  const identity = ['--client-id', 'vendor-a', '--key', desk.keyFile, '--campaign', 'c-a'];
  const other = await desk.command('deleted', ...identity, '--exports', 'export_none');
  expect((await send(other.out)).status).toBe(422);
  const { status, out } = await desk.command('deleted', ...identity);
  expect(status).toBe(0);
  expect((await send(out)).status).toBe(200);
  expect(await overdue()).toEqual(['vendor-b']);
});

it('names an option that is missing or no name, and never what was typed', async () => {
  const identity = ['--client-id', 'vendor-a', '--key', desk.keyFile];
  for (const argv of [identity, [...identity, '--campaign', 'c a"'], [...identity, '--campaign', 'c-a', '--exports', 'x y']]) {
    const { status, out, err } = await desk.command('deleted', ...argv);
    expect([status, out]).toEqual([64, '']);
    expect(err).not.toMatch(/c a|x y/);
  }
});
