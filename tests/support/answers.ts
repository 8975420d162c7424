/**
 * A gateway whose policy lets `vendor-a` ask a question and hand customers over, with customers whose answers are known.
 * @module
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { GatewayOptions } from '@numbra/gateway';
import type { Engine } from './banks.js';
import { testPolicy } from './banks.js';
import { customerPhone, startGateway, type TestGateway } from './gateways.js';

/** Of customer number i; those of even number meet the threshold. */
export const balanceOf = (i: number): number => (i % 2 === 0 ? 80_000 : 20_000);
export const accountOf = (i: number): string => `62220200000000${String(1000 + i)}`;
export const nameOf = (i: number): string => `王小明${String.fromCodePoint(0x4e00 + i)}`;

/** @param top - further members of the policy's top level */
export async function answersPolicy(top = ''): Promise<string> {
  return (await testPolicy())
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
  const test = await startGateway(engine, options);
  await test.bank.policies.adopt(await answersPolicy(top));
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
