/**
 * What only bytes on a socket can be: header bombs, slow bodies, smuggling, garbage. A fixed corpus, once a run: each must be
 * answered with an error, or the connection closed, in time.
 * @module
 */
import { connect } from 'node:net';
import type { Outcome } from './attack.js';
import { leaks } from './attack.js';
import { MARK, type World } from './world.js';

const HOST = 'host: x\r\n';
const many = (count: number, length: number): string =>
  Array.from({ length: count }, (_, i) => `x-${i}: ${MARK}${'y'.repeat(length)}`).join('\r\n');

/** Bytes as text of one byte a character. */
export const corpus: Readonly<Record<string, string>> = {
  'headers of 40 KB': `GET /healthz HTTP/1.1\r\n${HOST}${many(400, 90)}\r\n\r\n`,
  'one header of 40 KB': `GET /healthz HTTP/1.1\r\n${HOST}x: ${MARK.repeat(7_000)}\r\n\r\n`,
  'an address of 40 KB': `GET /${MARK.repeat(7_000)} HTTP/1.1\r\n${HOST}\r\n`,
  'ten thousand headers': `GET /healthz HTTP/1.1\r\n${HOST}${many(10_000, 1)}\r\n\r\n`,
  garbage: `${MARK}\r\n\r\n`,
  'nothing but zeroes': '\0'.repeat(1_000),
  'a TLS hello': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  'HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'HTTP/9.9': `GET /v1/calls/x HTTP/9.9\r\n${HOST}\r\n`,
  'no host': 'GET /v1/calls/x HTTP/1.1\r\n\r\n',
  'two hosts': `GET /v1/calls/x HTTP/1.1\r\n${HOST}host: y\r\n\r\n`,
  'an unknown method': `${MARK.toUpperCase()} / HTTP/1.1\r\n${HOST}\r\n`,
  'a header without a name': `GET /v1/calls/x HTTP/1.1\r\n${HOST}: ${MARK}\r\n\r\n`,
  'a header with a blank in its name': `GET /v1/calls/x HTTP/1.1\r\n${HOST}bad header: ${MARK}\r\n\r\n`,
  'a folded header': `GET /v1/calls/x HTTP/1.1\r\n${HOST}x: a\r\n b\r\n\r\n`,
  'a bare line feed': `GET /v1/calls/x HTTP/1.1\n${HOST}\n`,
  'invalid UTF-8 in a header': `GET /v1/calls/x HTTP/1.1\r\n${HOST}authorization: DPoP \xff\xfe${MARK}\r\n\r\n`,
  'invalid UTF-8 in the address': `GET /v1/calls/\xff HTTP/1.1\r\n${HOST}\r\n`,
  'length and chunks': `POST /oauth/token HTTP/1.1\r\n${HOST}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
  'two lengths': `POST /oauth/token HTTP/1.1\r\n${HOST}content-length: 5\r\ncontent-length: 6\r\n\r\nabcdef`,
  'a negative length': `POST /oauth/token HTTP/1.1\r\n${HOST}content-length: -1\r\n\r\n`,
  'a length of 10 GB': `POST /oauth/token HTTP/1.1\r\n${HOST}content-type: application/x-www-form-urlencoded\r\ncontent-length: 10737418240\r\n\r\nx=y`,
  'a bad chunk': `POST /oauth/token HTTP/1.1\r\n${HOST}content-type: application/x-www-form-urlencoded\r\ntransfer-encoding: chunked\r\n\r\n${MARK}\r\n`,
  'chunks without end': `POST /oauth/token HTTP/1.1\r\n${HOST}content-type: application/x-www-form-urlencoded\r\ntransfer-encoding: chunked\r\n\r\n3\r\nx=y\r\n`,
  'slow headers': `GET /v1/calls/x HTTP/1.1\r\n${HOST}x: `,
  'a slow body': `POST /oauth/token HTTP/1.1\r\n${HOST}content-type: application/x-www-form-urlencoded\r\ncontent-length: 100\r\n\r\ngrant_`,
  'an upgrade': `GET /v1/calls/x HTTP/1.1\r\n${HOST}connection: upgrade\r\nupgrade: websocket\r\n\r\n`,
  'a tunnel': `CONNECT 169.254.169.254:80 HTTP/1.1\r\n${HOST}\r\n`,
  'another site’s address': `GET http://${MARK}.example/v1/calls/x HTTP/1.1\r\n${HOST}\r\n`,
};

/** A connection that the gateway has not ended by then is held. */
const ENDED_WITHIN_MS = 60_000;

/** Sends bytes on a socket of its own and waits until the gateway has ended it, or has answered. */
export function sendBytes(world: World, bytes: string): Promise<Outcome> {
  const { hostname, port } = new URL(world.url);
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(Number(port), hostname);
    const judge = (held: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 400); // closed without a word: refused
      const answers = [{ status, headers: {}, body: text }];
      const told = leaks(text) ? 'leaked' : status < 400 ? 'accepted' : 'refused';
      resolve({ verdict: held || status >= 500 ? 'crashed' : told, answers });
    };
    const timer = setTimeout(() => judge(true), ENDED_WITHIN_MS);
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk;
      if (/\r\n\r\n/.test(text)) judge(false);
    });
    socket.on('error', () => judge(false)).on('close', () => judge(false));
    socket.write(Buffer.from(bytes, 'latin1'));
  });
}
