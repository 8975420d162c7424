/** The offline page that checks a receipt: `@numbra/verify` and its page in one HTML file that loads nothing. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

/**
 * @param {string} folder - packages/verify/src/page
 * @returns {Promise<string>} the page
 */
export async function receiptChecker(folder) {
  const bundle = async (file) => {
    const result = await build({
      entryPoints: [join(folder, file)],
      bundle: true,
      write: false,
      minify: true,
      format: 'iife',
      globalName: 'page',
      platform: 'browser',
      target: 'es2022',
      charset: 'utf8',
      conditions: ['@numbra/source'],
    });
    // The end of the script stands nowhere in it.
    return result.outputFiles[0].text.replaceAll('</script', '<\\/script');
  };
  const script = await bundle('checker.js');
  const { receiptStyle } = new Function(`${await bundle('page.ts')};return page;`)();
  const hash = `sha256-${createHash('sha256').update(script).digest('base64')}`;
  return readFileSync(join(folder, 'checker.html'), 'utf8')
    .replace('__HASH__', () => hash)
    .replace('/* style */', () => receiptStyle)
    .replace('/* script */', () => script);
}
