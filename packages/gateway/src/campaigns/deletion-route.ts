/**
 * Where a vendor states that it deleted its lists. No grant: the campaign may be over, and the signature is the credential. Whatever is
 * wrong with a statement is answered alike, so that nobody without a vendor's key learns which campaigns there are.
 * @module
 */
import type { Bank } from '@numbra/bank';
import type { KeySource } from '@numbra/grants';
import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import { sendProblem } from '../problems/problem.js';
import { NoQuerySchema, ProblemSchema, ref } from '../schemas.js';

const Params = Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) }, { additionalProperties: false });
const Body = Type.Object(
  {
    statement: Type.String({ minLength: 1, maxLength: 50_000, description: 'Canonical JSON: at, campaign, exports?, numbra, vendor.' }),
    signature: Type.String({ minLength: 1, maxLength: 512, description: 'Detached JWS, header..signature.' }),
  },
  { additionalProperties: false },
);
const Answer = Type.Object({ campaign: Type.String(), statement: Type.String({ description: 'SHA-256 of the statement.' }) });

export interface DeletionRouteOptions {
  readonly bank: Bank;
  /** The keys that a vendor signs by. */
  readonly vendorKeys: (vendor: string) => Promise<KeySource | undefined>;
}

export function deletionRoute(app: FastifyInstance, { bank, vendorKeys }: DeletionRouteOptions): void {
  const problem = ref(ProblemSchema);
  app.post<{ Params: Static<typeof Params>; Body: Static<typeof Body> }>(
    '/v1/campaigns/:id/deletion',
    {
      schema: {
        tags: ['lists'],
        summary: 'State that you deleted your lists',
        description: 'A detached JWS (typ numbra-deletion+jws) over the bytes of the statement, by a registered key. No grant is needed.',
        params: Params,
        querystring: NoQuerySchema,
        body: Body,
        response: { 200: Answer, '4xx': problem, '5xx': problem },
      },
    },
    async (request, reply) => {
      const { statement, signature } = request.body;
      const campaign = request.params.id;
      const answer = await bank.evidence.stateDeletion({ campaign, statement, signature, keysOf: vendorKeys });
      return answer.outcome === 'stated' ? reply.send({ campaign, statement: answer.statement }) : sendProblem(reply, 'statement-invalid');
    },
  );
}
