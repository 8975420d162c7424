/**
 * The carrier of the crash test, a process of its own that nobody kills: it records every order it is given and tells `find` the truth.
 * Some orders it rejects, and some it takes and never answers.
 */

import { randomInt } from 'node:crypto';
import { createServer } from 'node:http';

const REJECTED_PERCENT = 4;
const UNANSWERED_PERCENT = 2;
const LONGEST_DELAY_MS = 30;

/** By call id: how often it was ordered. */
const ordered = new Map();
/** Ids that it said it would never dial. */
const refused = new Set();
const violations = [];

function order(id, response) {
  if (refused.has(id)) violations.push(`${id} was ordered after the carrier had said that it is not placed`);
  if (!ordered.has(id) && randomInt(100) < REJECTED_PERCENT) {
    refused.add(id);
    response.writeHead(422).end();
    return;
  }
  ordered.set(id, (ordered.get(id) ?? 0) + 1);
  if (randomInt(100) < UNANSWERED_PERCENT) {
    response.destroy();
    return;
  }
  setTimeout(() => response.writeHead(200).end(), randomInt(LONGEST_DELAY_MS));
}

const server = createServer((request, response) => {
  const id = request.headers['webhook-id'];
  let body = '';
  request.on('data', (chunk) => {
    body += chunk;
  });
  request.on('end', () => {
    if (request.method === 'POST') {
      if (JSON.parse(body).call_id !== id) violations.push(`${id} was ordered under another id`);
      order(id, response);
      return;
    }
    if (!ordered.has(id)) refused.add(id);
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ state: ordered.has(id) ? 'placed' : 'not-placed' }));
  });
});
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
process.on('message', () => process.send({ ordered: [...ordered], violations }));
