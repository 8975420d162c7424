/**
 * @numbra/gateway: the HTTP face of a bank: token endpoint, resolver, ledger.
 * @module
 */

// Commands of this machine's operator
export { callAdmin, reachable } from './admin/client.js';
export type { Operation, OperationContext } from './admin/protocol.js';
export { type AdminServer, listenAdmin, type SocketAccess } from './admin/server.js';
// Asking another decision point, and answering as one (AuthZEN)
export { createDecisionPoint, type DecisionPointOptions, type HttpDecisionPoint } from './authzen/decision-point.js';
export type { EvaluationsAddress } from './authzen/listener.js';
export type { RequestLimit } from './calls/requests.js';
// Carriers
export type { BreakerOptions } from './carriers/breaker.js';
export { createLoopbackCarrier, type LoopbackCarrier } from './carriers/loopback.js';
export { createMessageWebhook, type MessageWebhook, type MessageWebhookOptions } from './carriers/message-webhook.js';
export { createWebhookCarrier, type WebhookCarrier, type WebhookCarrierOptions } from './carriers/webhook.js';
export { errors, type GatewayErrorCode } from './errors.js';
// The gateway
export { createGateway, type Gateway, type GatewayOptions } from './gateway.js';
export type { HandoverSendOptions } from './handovers/sender.js';
export type { Limits, TlsOptions } from './http/app.js';
export type { Readiness, ReadinessCheck } from './http/health.js';
export { createLogger, type LoggingOptions } from './http/logging.js';
export type { MetricsAddress } from './http/metrics-listener.js';
export type { Network } from './http/outbound.js';
// Keys in a process of their own
export { connectKeys, type KeyClientOptions } from './keys/client.js';
export { type KeySocketOptions, listenKeys } from './keys/server.js';
// Who may ask, and tokens of the bank's own authorization server
export type { ResourceServer } from './oauth/client.js';
export type { AuthorizationServerOptions } from './oauth/own-server.js';
export type { RemoteKeysOptions } from './oauth/remote-keys.js';
// Problems (RFC 9457) and errors
export { problems } from './problems/table.js';
export type { WebhookOptions } from './webhooks/sender.js';
// A witness of a bank's ledger: the second process
export type { AskWitnessesOptions } from './witness/asker.js';
export { type Heads, openHeads, type RememberedHead } from './witness/heads.js';
export { createWitnessKey, readWitnessKey } from './witness/key.js';
export { createWitness, type Witness, type WitnessOptions } from './witness/server.js';
