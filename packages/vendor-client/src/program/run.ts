/**
 * One command line of `numbra-vendor`: which command, its help, its errors, its exit status.
 * @module
 */
import { isNumbraError } from '../errors.js';
import { ask, handover } from './act-commands.js';
import { type Command, call, init, type Surroundings, serve } from './commands.js';
import { deleted } from './deleted.js';
import { ProgramError } from './errors.js';
import { DeskProblem, problems } from './problems.js';

const commands: Readonly<Record<string, Command>> = { init, serve, call, ask, handover, deleted };

const HELP = `numbra-vendor: calls by dial token for software that speaks plain HTTP. It holds your key, fetches grants, signs each request.

  numbra-vendor init --key FILE [--secret-file FILE] [--jwks FILE]
      Makes your key (and the local secret FILE.secret) and prints the public half, for the bank. Once.

  numbra-vendor serve --issuer URL --client-id ID --key FILE [--port N | --socket PATH [--socket-mode 600|660]]
                      [--secret-file FILE] [--campaign ID] [--resource URL]
      Serves the resolver's API on 127.0.0.1 (port 8427) or a Unix socket. Stops on SIGTERM or SIGINT.

  numbra-vendor call TOKEN --issuer URL --client-id ID --key FILE --campaign ID
                      [--reference TOKEN] [--agent NAME] [--idempotency-key KEY]
      Places one call and prints the answer. The exit status is 0 when the bank took the order.

  numbra-vendor ask REFERENCE --question NAME --issuer URL --client-id ID --key FILE --campaign ID
                      [--answer-key FILE] [--as-agent NAME] [--idempotency-key KEY]
      Asks the bank yes or no, verifies its signature and prints both. --answer-key: what the bank told you, where it answers with MACs.

  numbra-vendor handover begin REFERENCE --recipient NAME --issuer URL --client-id ID --key FILE --campaign ID
  numbra-vendor handover confirm HANDOVER --code 123456 …     numbra-vendor handover show HANDOVER …
                      [--as-agent NAME] [--idempotency-key KEY]
      Hands a customer over to a recipient: the bank asks the customer by a code. Prints id and state.

  numbra-vendor deleted --client-id ID --key FILE --campaign ID [--exports ID,ID]
      Signs that you deleted the lists of a campaign and prints what to POST to ISSUER/v1/campaigns/ID/deletion. No grant is needed.

FILE may be a key in a token, in quotes: 'pkcs11:token=desk;object=numbra?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=/etc/numbra/pin'
(needs the package pkcs11js). An own certificate authority: NODE_EXTRA_CA_CERTS=ca.pem.

Examples:
  numbra-vendor init --key vendor.key > vendor.jwks.json
  numbra-vendor serve --issuer https://bank.example --client-id vendor-a --key vendor.key &
  curl http://127.0.0.1:8427/v1/calls -H "Authorization: Bearer $(cat vendor.key.secret)" -H 'Numbra-Campaign: c-1' \\
       -H 'Idempotency-Key: order-1' -H 'Content-Type: application/json' -d '{"dial_token":"nd1_…","agent":"agent-7"}'
  numbra-vendor call nd1_… --issuer https://bank.example --client-id vendor-a --key vendor.key --campaign c-1
  numbra-vendor ask nr1_… --question balance-50k --issuer https://bank.example --client-id vendor-a --key vendor.key --campaign c-1
`;

/** As sysexits.h has them: wrong usage; the bank or its answer is not there now; something broke. */
const EXIT_USAGE = 64;
const EXIT_TEMPORARY = 75;
const EXIT_BROKEN = 70;
const EXIT_REFUSED = 1;

/**
 * Runs one command line.
 *
 * @param argv - the words after `numbra-vendor`
 * @returns the exit status: 0 done · 1 refused, or an error with a code · 64 wrong usage · 70 broke · 75 try again later
 */
export async function run(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  const [name = '', ...rest] = argv;
  if (['--help', '-h', 'help', ''].includes(name) || rest.includes('--help')) {
    surroundings[name === '' ? 'err' : 'out'](HELP);
    return name === '' ? EXIT_USAGE : 0;
  }
  try {
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (command === undefined) throw new ProgramError('ERR_PROGRAM_USAGE', 'init, serve, call, ask, handover or deleted');
    return await command(rest, surroundings);
  } catch (error) {
    return report(error, surroundings);
  }
}

const TEMPORARY: ReadonlySet<string> = new Set(['ERR_CLIENT_NETWORK', 'ERR_CLIENT_UNAVAILABLE', 'ERR_CLIENT_IN_PROGRESS']);

function report(error: unknown, { err }: Surroundings): number {
  if (error instanceof ProgramError) {
    err(`${error.message}\n${error.action}\n${error.code}\n`);
    return error.code === 'ERR_PROGRAM_USAGE' ? EXIT_USAGE : EXIT_REFUSED;
  }
  if (error instanceof DeskProblem) {
    const { title, detail, status } = problems[error.problem];
    const inner = error.cause instanceof ProgramError ? `${error.cause.message}\n${error.cause.action}\n` : '';
    err(`${title}: ${detail}\n${inner}${error.problem}\n`);
    return status >= 503 ? EXIT_TEMPORARY : EXIT_REFUSED;
  }
  if (isNumbraError(error)) {
    err(`${error.message}\n${error.action}\n${error.code}\n`);
    return TEMPORARY.has(error.code) ? EXIT_TEMPORARY : EXIT_REFUSED;
  }
  // A foreign error's message may carry a value: only its class is shown.
  err(`Something broke: ${error instanceof Error ? error.name : typeof error}.\n`);
  return EXIT_BROKEN;
}
