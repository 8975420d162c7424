/** The version that the interface's description names. A test holds it equal to package.json. */
export const VERSION = '0.1.0';
