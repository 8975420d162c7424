/**
 * A campaign's list and its manifest over HTTP: a vendor reads its own list back, and countersigns the manifest it got. Another
 * campaign's and none are answered alike.
 * @module
 */
import { Readable } from 'node:stream';
import type { Bank, ListPage } from '@numbra/bank';
import type { KeySource } from '@numbra/grants';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Static } from 'typebox';
import type { CallAnswers } from '../calls/answers.js';
import type { Guard } from '../calls/batch.js';
import { allows } from '../oauth/authenticate.js';
import { grantOf } from '../oauth/protect.js';
import { sendProblem } from '../problems/problem.js';
import {
  CountersignatureSchema,
  CountersignedSchema,
  ExportIdParams,
  ListPageSchema,
  ListParams,
  ListQuerySchema,
  NoQuerySchema,
  ProblemSchema,
  ref,
  WriteHeaders,
} from '../schemas.js';

export interface CampaignRouteOptions {
  readonly bank: Bank;
  readonly guard: Guard;
  readonly answers: CallAnswers;
  /** The keys that a vendor signs by. */
  readonly vendorKeys: (vendor: string) => Promise<KeySource | undefined>;
}

const NDJSON = 'application/x-ndjson';

type Page = Extract<ListPage, { readonly outcome: 'page' }>;

export function campaignRoutes(app: FastifyInstance, { bank, guard, answers, vendorKeys }: CampaignRouteOptions): void {
  const about = { security: [{ grant: [], proof: [] }] };
  const problem = ref(ProblemSchema);
  const errors = { '4xx': problem, '5xx': problem } as const;

  app.get<{ Params: Static<typeof ListParams>; Querystring: Static<typeof ListQuerySchema> }>(
    '/v1/campaigns/:id/list',
    {
      ...guard,
      schema: {
        ...about,
        tags: ['lists'],
        summary: 'Read your list',
        description: `Pages of JSON; with Accept: ${NDJSON} all rows, one object a line. The rows are those of the file that was delivered, minus removals.`,
        params: ListParams,
        querystring: ListQuerySchema,
        response: { 200: ref(ListPageSchema), ...errors },
      },
    },
    async (request, reply) => {
      const grant = grantOf(request);
      if (!allows(grant, 'list')) return sendProblem(reply, 'action-not-granted');
      const { id } = request.params;
      if (id !== grant.campaign.campaign) return sendProblem(reply, 'not-found');
      const { after, rows, since } = request.query;
      const read = (from: number | undefined) =>
        bank.campaigns.readList({
          campaign: id,
          vendor: grant.clientId,
          ...(from !== undefined && { after: from }),
          ...(rows !== undefined && { rows }),
          ...(since !== undefined && { since }),
        });
      const first = await read(after);
      if (first.outcome === 'not-found') return sendProblem(reply, 'not-found');
      if (first.outcome === 'closed') return sendProblem(reply, 'campaign-closed');
      reply.header('vary', 'accept');
      if (wantsLines(request)) return reply.header('content-type', NDJSON).send(Readable.from(linesFrom(first, read)));
      const { columns, next } = first;
      return reply.send({ campaign: id, columns, rows: first.rows, ...(next !== undefined && { next }) });
    },
  );

  app.post<{ Params: Static<typeof ExportIdParams>; Body: Static<typeof CountersignatureSchema>; Headers: Static<typeof WriteHeaders> }>(
    '/v1/exports/:id/countersignature',
    {
      ...guard,
      schema: {
        ...about,
        tags: ['lists'],
        summary: "Countersign an export's manifest",
        description: 'A detached JWS (typ numbra-countersignature+jws) over the bytes of the manifest, by a registered key.',
        headers: WriteHeaders,
        params: ExportIdParams,
        querystring: NoQuerySchema,
        body: ref(CountersignatureSchema),
        response: { 200: ref(CountersignedSchema), ...errors },
      },
    },
    async (request, reply) => {
      const grant = grantOf(request);
      if (!('campaign' in grant)) return sendProblem(reply, 'action-not-granted');
      const answer = await bank.campaigns.countersign({
        grant,
        export: request.params.id,
        signature: request.body.signature,
        keys: await vendorKeys(grant.clientId),
        idempotencyKey: request.headers['idempotency-key'],
      });
      switch (answer.outcome) {
        case 'countersigned':
          return reply.send(answer.body);
        case 'not-found':
          return sendProblem(reply, 'not-found');
        case 'signature-invalid':
          return sendProblem(reply, 'countersignature-invalid');
        default:
          return answers.sendNotWritten(reply, grant, answer);
      }
    },
  );
}

/** JSON unless lines were asked for by name. */
function wantsLines(request: FastifyRequest): boolean {
  const accepted = (request.headers.accept ?? '').split(',').map((one) => one.split(';')[0]?.trim().toLowerCase());
  return accepted.includes(NDJSON);
}

/** All rows from a page on, one object a line; memory holds a page. */
async function* linesFrom(first: Page, read: (after: number) => Promise<ListPage>): AsyncGenerator<string> {
  for (let page: Page = first; ; ) {
    const { columns, rows, next } = page;
    let lines = '';
    for (const row of rows) lines += `${JSON.stringify(Object.fromEntries(columns.map((column, i) => [column, row[i]])))}\n`;
    if (lines !== '') yield lines;
    if (next === undefined) return;
    const following = await read(next);
    // Closed in the middle: the stream breaks off, so that nobody takes it for the whole list.
    if (following.outcome !== 'page') throw new TypeError('the list was closed while it was being read');
    page = following;
  }
}
