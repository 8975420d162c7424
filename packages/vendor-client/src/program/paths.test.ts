import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findRoute } from './paths.js';

describe('the paths that are passed on', () => {
  it.each([
    ['POST', '/v1/calls', 'dial', true],
    ['POST', '/v1/calls:batch', 'dial', true],
    ['GET', '/v1/calls/01a21450-35dc-7295-9757-9826083a3d59', 'dial', false],
    ['DELETE', '/v1/calls/call_1', 'dial', true],
    ['GET', '/v1/calls/call_1/events', 'dial', false],
    ['POST', '/v1/calls/call_1/outcome', 'dial', true],
    ['GET', '/v1/campaigns/c-2026.11/list?after=500&rows=100', 'list', false],
    ['POST', '/v1/exports/export_1/countersignature', 'dial', true],
    ['POST', '/v1/answers', 'answer', true],
    ['POST', '/v1/handovers', 'handover', true],
    ['GET', '/v1/handovers/handover_1', 'handover', false],
    ['POST', '/v1/handovers/handover_1/confirmation', 'handover', true],
  ])('are known: %s %s', (method, target, action, writes) => {
    expect(findRoute(method, target)).toMatchObject({ route: { method, action, writes }, path: target.split('?')[0] });
  });

  it('name the campaign where they hold one', () => {
    expect(findRoute('GET', '/v1/campaigns/c-1/list?rows=1')).toMatchObject({ campaign: 'c-1', query: '?rows=1' });
    expect(findRoute('GET', '/v1/campaigns/c-1/list?after=0&since=2026-11-26')).toMatchObject({ query: '?after=0&since=2026-11-26' });
    expect(findRoute('GET', '/v1/calls/call_1')).not.toHaveProperty('campaign');
  });

  it('say which methods they take', () => {
    expect(findRoute('PATCH', '/v1/calls/call_1')).toEqual({ allow: 'GET, DELETE' });
    expect(findRoute('get', '/v1/calls')).toEqual({ allow: 'POST' });
  });

  it.each([
    '/',
    '/v1',
    '/v1/calls/',
    '/v1/calls/..',
    '/v1/calls/../../oauth/token',
    '/v1/calls/%2e%2e/x',
    '/v1/calls/a/b/c',
    '//v1/calls',
    '/V1/calls',
    '/v1/calls?x=1',
    '/v1/calls#x',
    '/v1/calls/call_1?x=1',
    '/v1/campaigns/c-1/list?after=1;drop',
    '/v1/campaigns/c-1/list?',
    '/v1/campaigns/c-1/list?since=2026-11-26T00:00',
    '/v1/campaigns/c-1/list?since=2026%2d11%2d26',
    'http://bank.example/v1/calls',
    '*',
    '/oauth/token',
    '/metrics',
    '/admin',
  ])('do not hold %s', (target) => {
    for (const method of ['GET', 'POST', 'DELETE']) expect(findRoute(method, target) ?? {}).not.toHaveProperty('route');
  });

  it('lead nowhere but to themselves: a URL made of one has the same path, whatever is asked', () => {
    const text = fc.oneof(fc.string(), fc.constantFrom('..', '%2e', '//', '\\', '@', ':', 'calls', 'é'));
    fc.assert(
      fc.property(fc.constantFrom('GET', 'POST', 'DELETE'), fc.array(text, { maxLength: 4 }), (method, parts) => {
        for (const target of [`/v1/calls/${parts.join('/')}`, `/v1/campaigns/${parts.join('')}/list`]) {
          const found = findRoute(method, target);
          if (found === undefined || 'allow' in found) continue;
          const url = new URL(`https://resolver.example${found.path}`);
          expect([url.host, url.pathname, url.search]).toEqual(['resolver.example', found.path, '']);
        }
      }),
    );
  });
});
