/**
 * What the program passes on: the resolver's paths and methods, and nothing else. A table, so that a new one is a line.
 * @module
 */

/** What a grant must allow for a request. */
export type Action = 'dial' | 'list' | 'answer' | 'handover';

export interface Route {
  /** For logs: an address without ids. */
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly action: Action;
  /** Changes something, so it needs an Idempotency-Key: without one it could not be repeated. */
  readonly writes: boolean;
  /** Largest body; none is taken without it. */
  readonly bodyBytes?: number;
  /** Whether the answer may be long, or slow on purpose: it is passed on as it comes. */
  readonly streams?: true;
  /** The body is a manifest, and what goes to the bank is the vendor's signature over it. */
  readonly countersigns?: true;
}

/** A request that the program passes on. */
export interface Found {
  readonly route: Route;
  /** As it goes to the bank, without its query. */
  readonly path: string;
  /** With its question mark, or empty. */
  readonly query: string;
  /** Of the path, where it names one. */
  readonly campaign?: string;
  readonly id?: string;
}

/** What the resolver takes (docs/reference): orders and outcomes, manifests, a batch of 500. */
const SMALL_BYTES = 16 << 10;
const BATCH_BYTES = 512 << 10;

const ID = '([A-Za-z0-9][A-Za-z0-9._-]{0,127})';
const path = (text: string): RegExp => new RegExp(`^${text.replace(':id', ID)}$`);
const CALL = '/v1/calls/:id';
const HANDOVER = '/v1/handovers/:id';

const routes: readonly (readonly [RegExp, Route])[] = [
  [path('/v1/calls'), { name: '/v1/calls', method: 'POST', action: 'dial', writes: true, bodyBytes: SMALL_BYTES }],
  [path('/v1/calls:batch'), { name: '/v1/calls:batch', method: 'POST', action: 'dial', writes: true, bodyBytes: BATCH_BYTES }],
  [path(CALL), { name: CALL, method: 'GET', action: 'dial', writes: false }],
  [path(CALL), { name: CALL, method: 'DELETE', action: 'dial', writes: true }],
  [path(`${CALL}/events`), { name: `${CALL}/events`, method: 'GET', action: 'dial', writes: false, streams: true }],
  [path(`${CALL}/outcome`), { name: `${CALL}/outcome`, method: 'POST', action: 'dial', writes: true, bodyBytes: SMALL_BYTES }],
  [path('/v1/answers'), { name: '/v1/answers', method: 'POST', action: 'answer', writes: true, bodyBytes: SMALL_BYTES }],
  [path('/v1/handovers'), { name: '/v1/handovers', method: 'POST', action: 'handover', writes: true, bodyBytes: SMALL_BYTES }],
  [path(HANDOVER), { name: HANDOVER, method: 'GET', action: 'handover', writes: false }],
  [
    path(`${HANDOVER}/confirmation`),
    { name: `${HANDOVER}/confirmation`, method: 'POST', action: 'handover', writes: true, bodyBytes: SMALL_BYTES },
  ],
  [path('/v1/campaigns/:id/list'), { name: '/v1/campaigns/:id/list', method: 'GET', action: 'list', writes: false, streams: true }],
  [
    path('/v1/exports/:id/countersignature'),
    {
      name: '/v1/exports/:id/countersignature',
      method: 'POST',
      action: 'dial',
      writes: true,
      bodyBytes: SMALL_BYTES,
      countersigns: true,
    },
  ],
];

/** Pages of a list: `after=500&rows=100&since=2026-11-26`. */
const QUERY = /^\?[a-z_]{1,32}=[0-9-]{1,10}(&[a-z_]{1,32}=[0-9-]{1,10}){0,3}$/;

/**
 * Finds a request in the table.
 *
 * @param target - the request's target as sent
 * @returns what to pass on, the methods that are taken there when this one is not, `undefined` when nothing is
 */
export function findRoute(method: string, target: string): Found | { readonly allow: string } | undefined {
  const at = target.indexOf('?');
  const [where, query] = at < 0 ? [target, ''] : [target.slice(0, at), target.slice(at)];
  const here = routes.flatMap(([pattern, route]) => {
    const match = pattern.exec(where);
    return match ? [{ route, id: match[1] }] : [];
  });
  if (here.length === 0) return undefined;
  const found = here.find(({ route }) => route.method === method);
  if (found === undefined) return { allow: here.map(({ route }) => route.method).join(', ') };
  const { route, id } = found;
  const listed = route.action === 'list';
  if (query !== '' && !(listed && QUERY.test(query))) return undefined;
  return { route, path: where, query, ...(id !== undefined && { id }), ...(listed && id !== undefined && { campaign: id }) };
}
