import { readFile } from 'node:fs/promises';
import { vendorSentences } from '@numbra/policy';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway, type TestGateway } from '../../../../tests/support/gateways.js';
import { isProblemCode, problemOf } from '../problems/problem.js';
import { problems } from '../problems/table.js';
import { sharedSchemas } from '../schemas.js';
import { VERSION } from '../version.js';

describe('the interface and its description', () => {
  let test: TestGateway;
  beforeAll(async () => {
    test = await startGateway('pglite');
  });
  afterAll(() => test.close());

  const ajv = new Ajv2020({ strict: true });
  for (const schema of sharedSchemas) ajv.addSchema(schema);

  it('is OpenAPI 3.1 and names every route', async () => {
    const document = (await (await fetch(`${test.url}/openapi.json`)).json()) as {
      paths: object;
      components: { schemas: { CallRequest: { additionalProperties: unknown } } };
    };
    expect(document).toMatchObject({ openapi: '3.1.0', info: { version: VERSION } });
    expect(Object.keys(document.paths).sort()).toEqual([
      '/.well-known/jwks.json',
      '/.well-known/oauth-authorization-server',
      '/.well-known/oauth-protected-resource',
      '/access/v1/evaluation',
      '/access/v1/evaluations',
      '/healthz',
      '/ledger/checkpoint',
      '/ledger/tile/entries/{*}',
      '/ledger/tile/{*}',
      '/oauth/introspect',
      '/oauth/revoke',
      '/oauth/token',
      '/readyz',
      '/status/{list}',
      '/v1/answers',
      '/v1/calls',
      '/v1/calls/{id}',
      '/v1/calls/{id}/events',
      '/v1/calls/{id}/outcome',
      '/v1/calls:batch',
      '/v1/campaigns/{id}/deletion',
      '/v1/campaigns/{id}/list',
      '/v1/exports/{id}/countersignature',
      '/v1/handovers',
      '/v1/handovers/{id}',
      '/v1/handovers/{id}/confirmation',
    ]);
    expect(document.components.schemas.CallRequest.additionalProperties).toBe(false);
    const references = JSON.stringify(document).matchAll(/"\$ref":"([^"]*)"/g);
    for (const [, reference] of references) {
      expect(reference).toMatch(/^#\/components\/schemas\//);
      expect(document.components.schemas).toHaveProperty(reference!.split('/').at(-1)!);
    }
  });

  it('names the version of the package', async () => {
    const manifest = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
    expect(VERSION).toBe(manifest.version);
  });

  it.each([
    ['/.well-known/oauth-authorization-server', 'ServerMetadata'],
    ['/.well-known/oauth-protected-resource', 'ResourceMetadata'],
    ['/.well-known/jwks.json', 'Jwks'],
    ['/healthz', 'Status'],
    ['/readyz', 'Status'],
    ['/nothing', 'Problem'],
    ['/v1/calls/x', 'Problem'],
  ])('%s answers as %s', async (path, schema) => {
    const response = await fetch(`${test.url}${path}`);
    expect(response.headers.get('x-request-id')).toBeTruthy();
    expect(ajv.validate(schema, await response.json()), JSON.stringify(ajv.errors)).toBe(true);
  });

  it('gives calls as described', async () => {
    const answers = [];
    for (const row of test.a.rows.slice(0, 3)) answers.push(await test.call(test.a, { dial_token: row.dialToken }));
    for (const { status, body, headers } of answers) {
      expect(status).toBe(201);
      expect(ajv.validate('Call', JSON.parse(body)), JSON.stringify(ajv.errors)).toBe(true);
      const view = await test.call(test.a, undefined, { method: 'GET', path: headers['location']! });
      expect(view.status).toBe(200);
      expect(ajv.validate('CallView', JSON.parse(view.body)), JSON.stringify(ajv.errors)).toBe(true);
    }
  });

  it('has a problem for each refusal that a vendor can be told, and fixed words in each', () => {
    for (const code of Object.keys(vendorSentences)) expect(isProblemCode(code)).toBe(true);
    for (const code of Object.keys(problems)) {
      const problem = problemOf(code as keyof typeof problems);
      expect(ajv.validate('Problem', JSON.parse(problem.body))).toBe(true);
      expect(problem.body).toContain(`"https://numbra.dev/problems/${code}"`);
    }
  });
});
