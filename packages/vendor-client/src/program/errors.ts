/**
 * Codes of the program `numbra-vendor`. They stand apart from the library's, so that its bundle does not carry them.
 * @module
 */

interface ErrorEntry {
  readonly message: string;
  readonly action: string;
  readonly audience: 'vendor';
}

export const errors = {
  ERR_PROGRAM_USAGE: {
    message: 'The command line is not one that this program understands.',
    action: 'Run numbra-vendor --help: it shows every command with an example.',
    audience: 'vendor',
  },
  ERR_PROGRAM_FILE_EXISTS: {
    message: 'The file is there already; nothing was written.',
    action: 'Choose another name, or move the old file away first: a key that the bank knows is not made twice.',
    audience: 'vendor',
  },
  ERR_PROGRAM_FILE_UNREADABLE: {
    message: 'The file cannot be read or written.',
    action: 'Check the path and whose it is. numbra-vendor init makes a key and a secret.',
    audience: 'vendor',
  },
  ERR_PROGRAM_FILE_OPEN_TO_OTHERS: {
    message: 'Others than its owner may read or change the file, or its owner is somebody else.',
    action:
      "Make it the program's own: chown it to the user that runs the program, then chmod 600. If others may have read it, make a new one.",
    audience: 'vendor',
  },
  ERR_PROGRAM_KEY: {
    message: 'The file holds no private JWK of a P-256 or Ed25519 key.',
    action: 'Make one with numbra-vendor init, or name a key in a token by a pkcs11: URI.',
    audience: 'vendor',
  },
  ERR_PROGRAM_SECRET: {
    message: 'The file holds no secret: one line of at least 32 visible ASCII characters.',
    action: 'Make one with numbra-vendor init.',
    audience: 'vendor',
  },
  ERR_PROGRAM_ANSWER_KEY: {
    message: 'The file holds no key for answers: {"kid":"…","secret":"nak_…"}.',
    action: "Write what the bank's operator told you into it, and chmod 600.",
    audience: 'vendor',
  },
  ERR_PROGRAM_SOCKET_IN_USE: {
    message: 'Another process listens there.',
    action: 'Stop it, or choose another --port or --socket.',
    audience: 'vendor',
  },
  ERR_PROGRAM_SOCKET: {
    message: 'The program cannot listen there.',
    action:
      "Check that the folder exists and is the program's to write in, and that the path is no other file. A port below 1024 needs rights.",
    audience: 'vendor',
  },
  ERR_PROGRAM_PKCS11_URI: {
    message: 'The key is no PKCS#11 URI (RFC 7512) that names one key.',
    action: "Write 'pkcs11:token=LABEL;object=LABEL?module-path=FILE&pin-source=FILE', in quotes.",
    audience: 'vendor',
  },
  ERR_PROGRAM_NO_PKCS11JS: {
    message: 'Keys in a token need the package pkcs11js, which is not installed here.',
    action: 'Install it beside this one: npm install pkcs11js. It is compiled, so it needs a C++ compiler.',
    audience: 'vendor',
  },
  ERR_PROGRAM_TOKEN: {
    message: 'The token is not there, did not take the PIN, does not hold exactly this key, or failed.',
    action:
      "Compare module, token's label and key's label; the cause has the token's own return value. A wrong PIN is not tried again: tokens lock.",
    audience: 'vendor',
  },
} as const satisfies Readonly<Record<`ERR_${string}`, ErrorEntry>>;

export type ProgramErrorCode = keyof typeof errors;

/** An error with a code of {@link ProgramErrorCode}. `where` names an option or a file, never what stands in it. */
export class ProgramError extends Error {
  readonly code: ProgramErrorCode;
  readonly action: string;
  readonly where: string | undefined;

  constructor(code: ProgramErrorCode, where?: string, cause?: unknown) {
    super(errors[code].message + (where === undefined ? '' : ` [${where}]`), cause === undefined ? undefined : { cause });
    this.name = 'NumbraError';
    this.code = code;
    this.action = errors[code].action;
    this.where = where;
  }

  get [Symbol.for('@numbra/error')](): true {
    return true;
  }
}
