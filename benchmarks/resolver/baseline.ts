/**
 * What a dial is compared with: bare Fastify, one `jwtVerify` of a grant, one check of a proof (RFC 9449) by jose, one committed row.
 */
import { hash, randomUUID } from 'node:crypto';
import type { Database } from '@numbra/bank';
import fastify, { type FastifyInstance } from 'fastify';
import { calculateJwkThumbprint, EmbeddedJWK, importJWK, type JWK, jwtVerify } from 'jose';

export interface Baseline {
  readonly app: FastifyInstance;
  readonly port: number;
}

export async function startBaseline(database: Database, grantJwk: JWK, origin: string): Promise<Baseline> {
  await database.query(
    'CREATE TABLE IF NOT EXISTS baseline (id uuid PRIMARY KEY, client text NOT NULL, body text NOT NULL, at timestamptz NOT NULL)',
  );
  const key = await importJWK(grantJwk, 'ES256');
  const app = fastify();
  const address = `${origin}/v1/calls`;
  app.post('/v1/calls', async (request, reply) => {
    const token = String(request.headers.authorization).slice('DPoP '.length);
    const { payload } = await jwtVerify(token, key, { issuer: origin, audience: origin, typ: 'at+jwt' });
    const proof = await jwtVerify(String(request.headers['dpop']), EmbeddedJWK, { typ: 'dpop+jwt', maxTokenAge: 60 });
    const thumbprint = await calculateJwkThumbprint(proof.protectedHeader.jwk as JWK);
    const bound =
      proof.payload['htm'] === 'POST' &&
      proof.payload['htu'] === address &&
      proof.payload['ath'] === hash('sha256', token, 'base64url') &&
      thumbprint === (payload['cnf'] as { jkt: string }).jkt;
    if (!bound) return reply.code(401).send({ error: 'invalid_dpop_proof' });
    const id = randomUUID();
    await database.query('INSERT INTO baseline (id, client, body, at) VALUES ($1, $2, $3, $4)', [
      id,
      String(payload.sub),
      JSON.stringify(request.body),
      new Date(),
    ]);
    return reply.code(201).send({ call_id: id, masked_phone: '*********00', state: 'placed' });
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  const bound = app.server.address();
  return { app, port: typeof bound === 'object' && bound !== null ? bound.port : 0 };
}
