/**
 * Where metrics are read: a listener of its own on loopback, never the public address. Counts tell how a campaign goes, and their changes
 * when; so who may read them is who is on this machine. A collector elsewhere comes through something that knows who it is.
 *
 * ```
 * GET /metrics    the registry
 * GET /readyz     what is missing, by name: {"ready":false,"checks":{…}}, 200 or 503
 * ```
 * @module
 */
import type { Registry } from 'prom-client';
import { isReady, type Readiness } from './health.js';
import { type LoopbackAddress, type LoopbackListener, listenOnLoopback, send } from './loopback.js';

export type MetricsAddress = LoopbackAddress;

/** @throws `ERR_METRICS_ADDRESS`, `ERR_GATEWAY_PORT_BUSY` */
export function listenMetrics(
  address: MetricsAddress,
  registry: Pick<Registry, 'metrics' | 'contentType'>,
  readiness: () => Promise<Readiness>,
): Promise<LoopbackListener> {
  return listenOnLoopback(address, 'ERR_METRICS_ADDRESS', (request, response) => {
    const target = request.method === 'GET' ? request.url : undefined;
    if (target === '/metrics') {
      registry.metrics().then(
        (text) => send(response, 200, text, registry.contentType),
        () => send(response, 503),
      );
    } else if (target === '/readyz') {
      void readiness().then((checks) => {
        const ready = isReady(checks);
        send(response, ready ? 200 : 503, `${JSON.stringify({ ready, checks })}\n`, 'application/json');
      });
    } else send(response, 404);
  });
}
