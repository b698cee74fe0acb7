/** The SQL in docs/export.md. */
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { EVENT_CONTRACTS } from '#libs/contracts';
import { STARTER_QUERIES } from '#libs/export/core';
import { openExportSql, type SqlSession } from '#libs/export/duckdb';
import { makeTestDirectory } from '#libs/testing';
import { exportedLake } from './lake.fixture.js';

const PAGE = readFileSync('docs/export.md', 'utf8');
const EXAMPLES = [...PAGE.matchAll(/```sql\n([^`]+)```/g)].map(([, sql = '']) => sql);

describe('the page on exports', () => {
  let session: SqlSession;
  let folder: string;
  beforeAll(async () => {
    folder = await exportedLake(await makeTestDirectory('documented'));
    session = await openExportSql(folder, EVENT_CONTRACTS);
  });
  afterAll(() => session.close());

  it.each(EXAMPLES)('has SQL that gives rows: %s', async (sql) => {
    const here = sql.replaceAll("'lake/", `'${dirname(folder)}/lake/`);
    const { currentRowCount } = await session.run(here.replaceAll("'payment.failed'", "'payment.captured'"));
    expect(currentRowCount).toBeGreaterThan(0);
  });

  it.each(STARTER_QUERIES.map(({ name, sql }) => [name, sql]))(
    'names %s, which an export answers',
    async (name, sql) => {
      expect(PAGE).toContain(`| \`${name}\` |`);
      await session.run(sql);
    },
  );

  it('has examples', () => expect(EXAMPLES).toHaveLength(5));
});
