/**
 * A gateway whose policy lets `vendor-a` ask a question and hand customers over, with customers whose answers are known.
 * @module
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { GatewayOptions } from '@numbra/gateway';
import type { Engine } from './banks.js';
import { testPolicy } from './banks.js';
import { customerPhone, startGateway, type TestGateway, type TestVendor } from './gateways.js';

/** Of customer number i; those of even number meet the threshold. */
export const balanceOf = (i: number): number => (i % 2 === 0 ? 80_000 : 20_000);
export const accountOf = (i: number): string => `62220200000000${String(1000 + i)}`;
export const nameOf = (i: number): string => `王小明${String.fromCodePoint(0x4e00 + i)}`;

/**
 * @param top - further members of the policy's top level
 * @param people - who must approve a change of policy or recipients
 */
export async function answersPolicy(top = '', people = 0): Promise<string> {
  return `${(await testPolicy()).replace(/^approvals:.*\n/m, '')}approvals: { policy: { people: ${people} } }\n`
    .replace('account: { class: C3 }', 'account: { class: C2, title: 账号 }')
    .replace(
      'balance: { class: C2 }',
      `balance: { class: C2, kind: amount }
  income: { class: C2, kind: amount }
questions:
  balance-50k: { field: balance, at_least: 50000, text: Average balance over 3 months of 50000 or more }
  income-10k: { field: income, at_least: 10000, text: Income of 10000 or more }
${top}`,
    )
    .replace(
      /release: \{ reference: true, dial: true, mask: \{ k: 20, max_digits: 2 \} \}\n {4}recipients: \[vendor-a, vendor-b\]/,
      `release:
      reference: true
      dial: true
      mask: { k: 20, max_digits: 2 }
      answers: [balance-50k, income-10k]
      handover: { fields: [name, account, balance], to: [insurer, broker], consent: handover.insurer }
    recipients:
      vendor-a: { answers: [balance-50k] }
      vendor-b: { answers: [income-10k] }`,
    );
}

/** Starts the gateway; the customer with number i is `C00000i`. */
export async function startAnswers(
  engine: Engine,
  { top, consents = [], ...options }: Partial<GatewayOptions> & { top?: string; consents?: readonly string[] } = {},
): Promise<TestGateway> {
  const test = await startGateway(engine, { ...options, policy: await answersPolicy(top) });
  await test.bank.customers.import(
    Array.from({ length: 60 }, (_, i) => ({
      customerId: customerOf(i),
      name: nameOf(i),
      phone: customerPhone(i),
      account: accountOf(i),
      attributes: { balance: balanceOf(i) },
      consents: ['marketing.insurance', ...consents],
    })),
  );
  return test;
}

export const customerOf = (i: number): string => `C${String(i).padStart(6, '0')}`;

/** A server of somebody else's that keeps what it got. */
export interface Receiver {
  readonly url: string;
  readonly got: { readonly headers: Readonly<Record<string, string>>; readonly body: string }[];
  answer(how: (request: IncomingMessage, response: ServerResponse) => void): void;
  close(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  let how = (_request: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(202).end();
  };
  const got: { headers: Record<string, string>; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += String(chunk);
    });
    request.on('end', () => {
      got.push({ headers: request.headers as Record<string, string>, body });
      how(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/in`,
    got,
    answer(next) {
      how = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** The reference of customer number i on a vendor's list. */
export async function referenceOf(test: TestGateway, vendor: TestVendor, i: number): Promise<string> {
  const listing = (await test.bank.evidence.listings(customerOf(i))).find((one) => one.vendor === vendor.id);
  const row = listing && vendor.rows[listing.rowNumber - 1];
  if (row === undefined) throw new Error('not on the list');
  return row.reference;
}

/** The whole ledger, in the order of writing. */
export async function entriesOf({ database }: Pick<TestGateway, 'database'>): Promise<Record<string, unknown>[]> {
  // One statement, so that nothing is between the two or in both: the sequencer is at work.
  const rows = await database.query<{ body: string }>(
    `SELECT l.body FROM (SELECT 0 AS part, b.n AS n, i.at AS at, i.line AS body FROM ledger_bundle b
                          CROSS JOIN LATERAL regexp_split_to_table(b.data, E'\\n') WITH ORDINALITY AS i (line, at)
                         UNION ALL SELECT 1, id, 1, body FROM ledger_pending) l
      ORDER BY l.part, l.n, l.at`,
  );
  return rows.filter(({ body }) => body !== '').map(({ body }) => JSON.parse(body) as Record<string, unknown>);
}

/** Every row of every table, as text. */
export async function dumpOf({ database }: Pick<TestGateway, 'database'>): Promise<string> {
  const tables = await database.query<{ name: string }>(`SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`);
  let dump = '';
  for (const { name } of tables) {
    const [row] = await database.query<{ text: string | null }>(`SELECT string_agg(t::text, E'\\n') AS text FROM "${name}" t`);
    dump += `${row?.text ?? ''}\n`;
  }
  return dump;
}
