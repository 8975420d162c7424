import { defineEntry } from './define.js';
import { code, hash, id, list, name, optional, time } from './fields.js';

/** A grant was issued: who may do what, for which purpose, until when, with which key. */
export const grantIssued = defineEntry('grant.issued', {
  grant: id(),
  vendor: name(),
  campaign: optional(name()),
  purpose: optional(name()),
  agent: optional(name()),
  actions: list(code()),
  /** JWK thumbprint that the grant is bound to. */
  key: hash(),
  expires: time(),
});
