/**
 * Every problem that the gateway answers with: code, status, title, and what the client may do. The text says nothing that
 * depends on the request.
 * @module
 */

export interface ProblemEntry {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
}

export const problems = {
  // The request as such
  'not-found': { status: 404, title: 'Not found', detail: 'There is nothing at this address for this grant.' },
  'request-malformed': {
    status: 400,
    title: 'Malformed request',
    detail: 'The request is not well-formed HTTP, JSON in UTF-8, or a form in UTF-8.',
  },
  'request-invalid': {
    status: 400,
    title: 'Invalid request',
    detail: 'A member, parameter or header is missing, unknown or not of its form. The description of the interface lists them.',
  },
  'request-too-large': { status: 413, title: 'Request too large', detail: 'The body is larger than this address takes.' },
  'headers-too-large': {
    status: 431,
    title: 'Headers too large',
    detail: 'The request line or the headers are larger than the gateway takes.',
  },
  'request-timeout': { status: 408, title: 'Request timeout', detail: 'The request did not arrive in time.' },
  'unsupported-media-type': {
    status: 415,
    title: 'Unsupported media type',
    detail: 'This address takes another media type, without content coding.',
  },
  // Group 1: credentials
  'credentials-missing': {
    status: 401,
    title: 'Credentials missing',
    detail: 'This address needs a grant: Authorization: DPoP GRANT, and a proof in the header DPoP.',
  },
  'grant-invalid': {
    status: 401,
    title: 'Grant invalid',
    detail: 'The grant is not one that this resolver takes, it has ended, or its proof does not fit. Ask for a new grant.',
  },
  'proof-invalid': {
    status: 401,
    title: 'Proof invalid',
    detail:
      'The proof is not well formed, not for this request and grant, too old, or was seen before. Make a new proof for every request.',
  },
  'proof-nonce-required': {
    status: 401,
    title: 'Proof needs the nonce',
    detail: 'Make a proof with the nonce of the header DPoP-Nonce and send the request again.',
  },
  'action-not-granted': { status: 403, title: 'Action not granted', detail: 'The grant does not allow this action.' },
  // Group 2: the vendor's own limits
  'outside-window': { status: 403, title: 'Outside the calling window', detail: 'This campaign may not call now.' },
  'campaign-closed': { status: 403, title: 'Campaign closed', detail: 'This campaign does not place calls.' },
  'budget-used': { status: 403, title: 'Budget used', detail: 'This campaign has no calls left.' },
  'agent-limit': { status: 429, title: 'Agent limit', detail: 'This agent has reached the calls of an hour.' },
  'concurrency-limit': { status: 429, title: 'Concurrency limit', detail: 'This campaign has reached its calls at one time.' },
  'probing-limit': { status: 429, title: 'Probing limit', detail: "This campaign has reached the day's refusals." },
  // Group 3: the token
  'token-invalid': { status: 403, title: 'Token invalid', detail: 'The token does not open here.' },
  'customer-cap': { status: 403, title: 'Customer cap', detail: 'This campaign has reached its calls to this customer.' },
  // Group 4: the customer
  'customer-unavailable': { status: 403, title: 'Customer unavailable', detail: 'This customer cannot be called.' },
  // Questions and handovers: one problem each for whatever is wrong with reference, question, recipient or customer
  'answer-unavailable': { status: 403, title: 'Answer unavailable', detail: 'This question is not answered about this reference.' },
  'handover-unavailable': {
    status: 403,
    title: 'Handover unavailable',
    detail: 'This reference cannot be handed over to this recipient.',
  },
  'code-refused': { status: 403, title: 'Code refused', detail: 'The code is not the one, or it comes too late or once too often.' },
  // What a vendor says, and its list
  'note-refused': {
    status: 422,
    title: 'Note refused',
    detail: 'The note reads as if it held a phone, card or ID number. Nothing was recorded; send it without.',
  },
  'outcomes-used': { status: 403, title: 'Outcomes used', detail: 'This call has as many outcomes as it may. opted-out is always taken.' },
  'hang-up-unsupported': { status: 501, title: 'Cannot hang up', detail: 'The carrier of this bank cannot hang up a call.' },
  'countersignature-invalid': {
    status: 422,
    title: 'Countersignature invalid',
    detail: 'The signature is not over the bytes of this manifest, or not by a registered key.',
  },
  'statement-invalid': {
    status: 422,
    title: 'Statement invalid',
    detail: 'The statement is not of the documented form, not about a list of its signer, or not signed by a registered key.',
  },
  // The resolver's own limit
  'request-rate': {
    status: 429,
    title: 'Too many requests',
    detail: 'This client sends more requests than the resolver takes. Wait as Retry-After says.',
  },
  // Repeating
  'idempotency-key-in-use': {
    status: 409,
    title: 'Request under way',
    detail: 'A request with this Idempotency-Key is under way. Send it again with the same key.',
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'Idempotency-Key reused',
    detail: 'This Idempotency-Key was used for another request. Use a new key for a new request.',
  },
  // The gateway
  unavailable: {
    status: 503,
    title: 'Unavailable',
    detail: 'The resolver cannot answer now. Send the request again, with the same Idempotency-Key.',
  },
  internal: { status: 500, title: 'Internal error', detail: 'The resolver failed. Send the request again, with the same Idempotency-Key.' },
} as const satisfies Readonly<Record<string, ProblemEntry>>;
