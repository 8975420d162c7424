import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createTestDatabase, engines } from '../../../../tests/support/stores.js';
import { migrate } from './migrate.js';

/** SHA-256 of every released migration. A line is added with a new file and never changed. */
const RELEASED: Readonly<Record<string, string>> = {
  '001_initial.sql': 'c1adf6761cc6b62db83c33fa9e9fa717800636942dbff2f38a80ffa03ae9b972',
  '002_calls.sql': '419b7ae8c4ad3a129319249c30b4f293701017d44d098119faf6cd93c952f48a',
  '003_approvals.sql': 'f537c822bc5ba4ef32088b722871ff879e04ea48c3e04ae4b5381493e47225c8',
  '004_rotation.sql': '5ce9c96d331364d728b1645458cd5d541c25b18b308254ab8c6429f5891f1632',
  '005_grants.sql': '2461be3a99f3a9f5ac5ee463980c922b160fe244fc6705a007af660452f63e23',
  '006_matching.sql': '0f50dfd79e85b70b4262ed7f5f3ce729afe7089861d3c0ac685ee7a9290aa647',
  '007_resolver.sql': '8594ca574c0a591eff5965caef69af20cc9e628efcb463b85e224397240be61d',
  '008_privacy.sql': 'eba1b34c4bf19dc8753d75abe60f441ace2a2f1071526c586938878f474e9ee6',
  '009_answers.sql': 'db50a4ad63ac11913dea5db4f3f171abef3c66c8b878780997e2f5fda641f3de',
  '010_handovers.sql': '79754562202a022973f95c67540fec455b77ee093c52dab650949c3dda226fcf',
  '011_evidence.sql': 'd087bd1cf031263e03fad489f43da4b2b74140acb1d7dbab466f071e2bcf8131',
  '012_decoys.sql': '76f2eb042b474ca2ac3c0e0defd6604118788c535f776299397a206a60ac8553',
  '013_settle.sql': 'd047c70967f7ccc30e5d243e1216722a99b4c97dc268814966858ecdd2b0fe0c',
  '014_released_day.sql': '6f65ab9820a7092c648e96a10721d1df852162c8ed24c13da610b38dc56f9751',
  '015_acts.sql': '0b3a8aeafac9635c532b23d550dd0064dde702a85701e69180ae3706ea20c2ee',
  '017_lookups.sql': '69cca11cbcfe71eabfbbe634afdc5a7ec55aa453d92b5fcc05e691fcb7e5bfba',
  '018_decoy_sightings.sql': 'c08dfcb9205772eaf07830136d65756be8b7057d1d699c5041dd2f00d97e4bb9',
  '019_answer_keys.sql': '112d8e06fcb70699f2c391a41f408a25fe276e374398078561e0cba36d1b156b',
};

const ALL = Object.keys(RELEASED).map((name) => ({ name: name.replace('.sql', '') }));

describe('migrations', () => {
  it('never change once released', async () => {
    const folder = new URL('./migrations/', import.meta.url);
    const found: Record<string, string> = {};
    for (const name of await readdir(folder)) {
      found[name] = createHash('sha256')
        .update(await readFile(new URL(name, folder)))
        .digest('hex');
    }
    expect(found).toEqual(RELEASED);
  });

  describe.each(engines)('on %s', (engine) => {
    it('bring an empty database to the schema, once', async () => {
      const { database, drop } = await createTestDatabase(engine);
      await migrate(database);
      await migrate(database);
      expect(await database.query('SELECT name FROM schema_migration ORDER BY id')).toStrictEqual(ALL);
      expect(await database.query('SELECT count(*) AS customers FROM customer')).toStrictEqual([{ customers: 0n }]);
      await drop();
    });

    it('run once when several processes start together', async () => {
      const { database, drop } = await createTestDatabase(engine);
      await Promise.all([migrate(database), migrate(database), migrate(database)]);
      expect(await database.query('SELECT name FROM schema_migration ORDER BY id')).toStrictEqual(ALL);
      await drop();
    });

    it('refuse a database of a newer release and change nothing', async () => {
      const { database, drop } = await createTestDatabase(engine);
      await migrate(database);
      await database.query(`INSERT INTO schema_migration (name, run_on) VALUES ('999_later', now())`);
      await expect(() => migrate(database)).toFailWith('ERR_STORE_NEWER');
      expect(await database.query('SELECT name FROM schema_migration ORDER BY id')).toStrictEqual([...ALL, { name: '999_later' }]);
      await drop();
    });
  });
});
