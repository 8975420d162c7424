/**
 * Webhooks, as the facade offers them. The bank keeps what is to be told; sending it is the gateway's (`@numbra/gateway`, webhooks).
 * @module
 */
import type { BankContext } from '../context.js';
import {
  type Attempted,
  type DeadDelivery,
  type DueDelivery,
  listDead,
  replayDeliveries,
  settleDelivery,
  takeDeliveries,
  tidyDeliveries,
} from './deliveries.js';
import { addEndpoint, listEndpoints, type RegisteredEndpoint, removeEndpoint, type WebhookEndpoint } from './endpoints.js';

export interface Webhooks {
  /** Registers where a vendor is told. @throws `ERR_WEBHOOK_URL`, `ERR_WEBHOOK_VENDOR` */
  add(endpoint: { readonly vendor: string; readonly url: string }): Promise<RegisteredEndpoint>;
  /** @throws `ERR_WEBHOOK_ENDPOINT` */
  remove(id: string): Promise<void>;
  list(): Promise<WebhookEndpoint[]>;
  /** Deliveries that were given up, newest first. */
  dead(): Promise<DeadDelivery[]>;
  /** Tries dead deliveries again: one, or all. Returns how many. */
  replay(id?: string): Promise<number>;
  /** For who delivers: takes up to so many whose time has come. */
  take(most: number): Promise<DueDelivery[]>;
  /** For who delivers: how an attempt ended. */
  settle(delivery: Pick<DueDelivery, 'id' | 'attempt'>, attempted: Attempted): Promise<void>;
  /** Deletes what was delivered long ago. Returns how many. */
  tidy(): Promise<number>;
}

export function webhooksOf(context: BankContext): Webhooks {
  return {
    add: (endpoint) => addEndpoint(context, endpoint),
    remove: (id) => removeEndpoint(context, id),
    list: () => listEndpoints(context),
    dead: () => listDead(context),
    replay: (id) => replayDeliveries(context, id),
    take: (most) => takeDeliveries(context, most),
    settle: (delivery, attempted) => settleDelivery(context, delivery, attempted),
    tidy: () => tidyDeliveries(context),
  };
}
