// A bank's home folder, for programs that want what the command line has

// Errors
export { type CommandErrorCode, errors } from './errors.js';
export { type CreateHomeOptions, createHome, type HomePaths, type HomeSettings, homePaths, type OpenHome, openHome } from './home.js';
export type { KeyringChoice, KeyringSettings } from './keyring.js';
// The command line itself
export { run } from './program.js';
