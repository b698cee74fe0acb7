import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { migrate } from '#libs/postgres';
import { makeTestDirectory } from '#libs/testing';
import { type EmbeddedServer, startPostgres } from '../embedded.mjs';

async function query(url: string, statement: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

describe('the database of npm start', () => {
  let directory: string;
  let server: EmbeddedServer;

  beforeAll(async () => {
    directory = join(await makeTestDirectory('role'), 'postgres');
    server = await startPostgres({ directory, durable: true });
  });
  afterAll(() => server.stop());

  it('is used by a role that owns it but is not a superuser', async () => {
    expect(
      await query(
        server.url,
        `select rolsuper, rolcreatedb, rolcreaterole, pg_get_userbyid(datdba) = current_user as owner
         from pg_roles, pg_database where rolname = current_user and datname = current_database()`,
      ),
    ).toEqual([{ rolsuper: false, rolcreatedb: false, rolcreaterole: false, owner: true }]);
    await query(
      server.url,
      'create schema build; create table build.note (text text); drop schema build cascade',
    );
  });

  it.each([
    'create role another',
    'create database another',
    'select * from pg_authid',
    `select pg_read_file('PG_VERSION')`,
    `copy (select 1) to program 'id'`,
    'alter system set work_mem = 1000',
  ])('does not let that role %s', async (statement) => {
    await expect(query(server.url, statement)).rejects.toThrow(/permission denied/);
  });

  it('is readable only by its owner', () => {
    const mode = (path: string) => statSync(path).mode & 0o077;
    expect([directory, `${directory}.password`, `${directory}.role-password`].map(mode)).toEqual([0, 0, 0]);
  });

  it('passes to that role at the next start if a superuser owned it', async () => {
    const url = new URL(server.url);
    url.username = 'orderstream';
    url.password = readFileSync(`${directory}.password`, 'utf8');
    await query(
      url.href,
      `create table old (id serial primary key, n int generated always as identity, text text);
       insert into old (text) values ('kept');
       create table parts (day date) partition by range (day);
       create table part partition of parts default;
       create view looked as select * from old;
       create sequence alone;
       create type colour as enum ('red');
       create function one() returns int language sql as 'select 1';
       create schema "Build 1"; create table "Build 1"."Order" (id int)`,
    );
    await expect(query(server.url, 'alter table old add column more text')).rejects.toThrow(/must be owner/);
    await server.restart();
    await query(
      server.url,
      `alter table old add column more text; insert into old (text) values ('new'); drop view looked; drop table old;
       drop table parts; drop sequence alone; drop type colour; drop function one(); drop schema "Build 1" cascade`,
    );
    await server.restart();
    expect(await migrate(server.url, 'prisma/migrations')).not.toEqual([]);
  });
});
