/**
 * Every error of this package: what is wrong, what to do, who sees it. Refusals of a call are answers, not errors;
 * what an HTTP client sees is a problem (problems/problem.ts) or, from the token endpoint, an OAuth error.
 * @module
 */
import { type ErrorTable, errorFactory } from '@numbra/core';

export const errors = {
  ERR_GATEWAY_URL: {
    message:
      'The issuer or resource URL cannot be used: it is an origin such as https://bank.example, without path, query or trailing slash; http is for loopback only.',
    action: 'Configure the URL that vendors reach the gateway by.',
    audience: 'operator',
  },
  ERR_GATEWAY_PORT_BUSY: {
    message: 'The port is in use by another program; the gateway did not start.',
    action: 'Stop that program or choose another port.',
    audience: 'operator',
  },
  ERR_GATEWAY_ADDRESS: {
    message: 'The gateway cannot listen at this address.',
    action: 'Check the host, and that ports below 1024 may be used.',
    audience: 'operator',
  },
  ERR_ADMIN_FOLDER_OPEN: {
    message: 'The folder of a local socket is open to others, or belongs to another user.',
    action: 'Give the socket a folder of its own with mode 0700, or 0750 where its group is to have access.',
    audience: 'operator',
  },
  ERR_ADMIN_SOCKET_PATH: {
    message: 'The path of a local socket is longer than the 100 bytes that every operating system takes.',
    action: 'Choose a shorter path.',
    audience: 'operator',
  },
  ERR_ADMIN_SOCKET_IN_USE: {
    message: 'Another process answers at this local socket.',
    action: 'Stop that process, or choose another path.',
    audience: 'operator',
  },
  ERR_ADMIN_UNREACHABLE: {
    message: 'No gateway answers at the admin socket.',
    action: 'Start the gateway, or run the command while none is running.',
    audience: 'operator',
  },
  ERR_ADMIN_REQUEST: {
    message: 'The admin request is not one line of JSON with an operation and its parameters.',
    action: 'Use the numbra command of the same version as the gateway.',
    audience: 'operator',
  },
  ERR_ADMIN_OPERATION: {
    message: 'The running gateway does not know this operation.',
    action: 'Use the numbra command of the same version as the gateway.',
    audience: 'operator',
  },
  ERR_ADMIN_INTERRUPTED: {
    message: 'The gateway ended before it answered; whether the operation was carried out is not known.',
    action: 'Look at the state of the bank before repeating it.',
    audience: 'operator',
  },
  ERR_ADMIN_FAILED: {
    message: 'The operation failed for a reason without a code.',
    action: "Look into the gateway's log.",
    audience: 'operator',
  },
  ERR_METRICS_ADDRESS: {
    message: 'Metrics are read on this machine only; they are not served at another address.',
    action: 'Give a loopback address, and put a proxy that authenticates in front for a collector elsewhere.',
    audience: 'operator',
  },
  ERR_EVALUATIONS_ADDRESS: {
    message: "Evaluations for the bank's own systems are answered on this machine only, not at another address.",
    action: 'Give a loopback address, and put a proxy that authenticates in front for a system elsewhere.',
    audience: 'operator',
  },
  ERR_DECISION_POINT_URL: {
    message: "The decision point's URL cannot be used: https, or http on loopback, without user, query or fragment.",
    action: 'Correct the URL of the evaluation endpoint.',
    audience: 'operator',
  },
  ERR_DECISION_POINT_SILENT: {
    message: 'The external decision point gave no answer that could be read, so the act was refused.',
    action: 'See whether it runs, answers 200 in time, and lies in a network that it may lie in.',
    audience: 'operator',
  },
  ERR_KEY_SERVICE_UNREACHABLE: {
    message: 'The key service gave no answer, so nothing was done.',
    action: 'Start `numbra keys serve`, and check that both are given the same socket.',
    audience: 'operator',
    status: 503,
  },
  ERR_KEY_SERVICE_FOLDER: {
    message: "The key service's socket, or its folder, could have been put there by another user; it was not asked.",
    action: "Give the socket a folder of the key service's user that nobody else may write into.",
    audience: 'operator',
    status: 503,
  },
  ERR_KEYS_HOST: {
    message: 'The address of a key set is not on a host that may be asked, or not https; nothing was sent.',
    action: "Add the host to the gateway's allowed hosts, or correct the registered address.",
    audience: 'operator',
  },
  ERR_KEYS_ADDRESS_REFUSED: {
    message: "The host of a key set's address leads to a network that is not allowed; nothing was sent.",
    action: 'Correct the name, or allow the network it lies in.',
    audience: 'operator',
  },
  ERR_KEYS_ANSWER: {
    message: 'The address of a key set answered with something else: another status, type or size, or no JSON.',
    action: 'Ask its owner for an address that answers 200 with a JWK Set of at most 64 KiB, without redirect.',
    audience: 'operator',
  },
  ERR_CARRIER_URL: {
    message: "The dialler's URL cannot be used: https, or http on loopback, without user, query or fragment.",
    action: 'Correct the URL of the webhook carrier.',
    audience: 'operator',
  },
  ERR_CARRIER_SECRET: {
    message:
      'A signing secret of the webhook carrier is not well formed: whsec_ and the base64 of 24 to 64 random bytes; one, or two while it is being replaced.',
    action: 'Create a secret and give the same to the dialler.',
    audience: 'operator',
  },
  ERR_CARRIER_ADDRESS_REFUSED: {
    message: "The dialler's host name leads to an address that is not allowed; nothing was sent.",
    action: 'Correct the name, or allow the network it lies in.',
    audience: 'operator',
  },
  ERR_CARRIER_UNKNOWN: {
    message: 'The dialler gave no answer that says whether the call was placed.',
    action: 'Reconcile: the carrier is asked for the call later.',
    audience: 'operator',
  },
  ERR_MESSAGE_UNKNOWN: {
    message: 'The message service gave no answer that says whether a message was sent.',
    action: 'Nothing: the customer has the code, or the handover lapses and can be begun again. If it repeats, look at the service.',
    audience: 'operator',
  },
  ERR_WITNESS_KEY_FILE: {
    message: "The witness's key file cannot be used.",
    action: 'Make one by `numbra witness init`; its owner alone may read it.',
    audience: 'operator',
  },
  ERR_WITNESS_STATE: {
    message: "The witness's folder cannot be used: what it remembers is damaged, or another process has it.",
    action:
      'Restore the folder from your copy. To begin anew with a ledger, see `numbra witness forget`: it gives up what the witness knew.',
    audience: 'operator',
  },
} as const satisfies ErrorTable;

export type GatewayErrorCode = keyof typeof errors;

export const fail = errorFactory(errors);
