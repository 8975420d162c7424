/**
 * @numbra/gateway: the HTTP face of a bank: token endpoint, resolver, ledger.
 * @module
 */

// Commands of this machine's operator
export { callAdmin, reachable } from './admin/client.js';
export type { Operation, OperationContext } from './admin/protocol.js';
// Carriers
export { createLoopbackCarrier, type LoopbackCarrier } from './carriers/loopback.js';
export type { Network } from './carriers/outbound.js';
export { createWebhookCarrier, type WebhookCarrier, type WebhookCarrierOptions } from './carriers/webhook.js';
export { errors, type GatewayErrorCode } from './errors.js';
// The gateway
export { createGateway, type Gateway, type GatewayOptions } from './gateway.js';
export type { Limits } from './http/app.js';
export { createLogger, type LoggingOptions } from './http/logging.js';
// Problems (RFC 9457) and errors
export { problems } from './problems/table.js';
