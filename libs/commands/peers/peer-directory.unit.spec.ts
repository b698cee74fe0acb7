import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { Logger } from '@nestjs/common';
import { until } from '#libs/kernel/testing';
import { directoryOf, OwnerList } from '../testing/owner-list.fixture.js';

describe('the directory of owners', () => {
  let owners: OwnerList;
  let server: Server;
  beforeAll(() => Logger.overrideLogger(false));
  beforeEach(() => {
    owners = new OwnerList();
    server = createServer();
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  const listen = (host = '127.0.0.1') =>
    new Promise<number>((resolve) => {
      server.listen(0, host, () => resolve((server.address() as AddressInfo).port));
    });

  it("announces this process's address and token", async () => {
    const port = await listen();
    const directory = directoryOf(owners, server);
    directory.announce('orders', 3, 17, () => undefined);
    await until(() => owners.rows.length > 0);
    const { token } = directory;
    expect(owners.rows).toEqual([
      { topic: 'orders', partition: 3, claim: 17, url: `http://127.0.0.1:${port}`, token },
    ]);
    expect(token.length).toBeGreaterThan(30);
    expect(directoryOf(owners).token).not.toBe(token);
  });

  it.each([
    ['0.0.0.0', () => hostname()],
    ['::1', () => '[::1]'],
  ])('names a host that others can use, where it listens on %s', async (host, name) => {
    const port = await listen(host === '::1' ? '127.0.0.1' : host);
    directoryOf(owners, server, { HTTP_HOST: host }).announce('orders', 0, 1, () => undefined);
    await until(() => owners.rows.length > 0);
    expect(owners.rows[0]?.url).toBe(`http://${name()}:${port}`);
  });

  it('uses the configured address', async () => {
    const directory = directoryOf(owners, server, { COMMAND_PEER_URL: 'http://commands-1:80' });
    directory.announce('orders', 0, 1, () => undefined);
    await until(() => owners.rows.length > 0);
    expect(owners.rows[0]?.url).toBe('http://commands-1:80');
  });

  it('waits until there is an address', async () => {
    const directory = directoryOf(owners, server);
    directory.announce('orders', 0, 1, () => undefined);
    const port = await listen();
    await until(() => owners.rows.length > 0);
    expect(owners.rows[0]?.url).toContain(`:${port}`);
  });

  it('waits once for all its partitions', async () => {
    const directory = directoryOf(owners, server);
    const before = server.listenerCount('listening');
    for (let partition = 0; partition < 20; partition++) {
      directory.announce('orders', partition, 1, () => undefined);
    }
    expect(server.listenerCount('listening')).toBe(before + 1);
    await listen();
    await until(() => owners.rows.length === 20);
  });

  it('reports that another process has announced a later claim', async () => {
    await listen();
    await owners.announce({ topic: 'orders', partition: 0, claim: 9, url: 'http://other:1', token: 'other' });
    let overtaken = false;
    directoryOf(owners, server).announce('orders', 0, 8, () => void (overtaken = true));
    await until(() => overtaken);
    expect(owners.rows.map(({ claim }) => claim)).toEqual([9]);
  });

  it('announces again what the database has lost, and notices a later claim, with one lookup for all partitions', async () => {
    await listen();
    const directory = directoryOf(owners, server);
    const overtaken: number[] = [];
    for (const partition of [0, 1, 2])
      directory.announce('orders', partition, 1, () => overtaken.push(partition));
    await until(() => owners.rows.length === 3);
    const later = { topic: 'orders', partition: 1, claim: 9, url: 'http://other:1', token: 'other' };
    owners.rows.splice(0, 2, later);
    await until(() => owners.rows.length === 3 && overtaken.length > 0);
    expect(owners.rows.map(({ partition, claim }) => `${partition}@${claim}`).toSorted()).toEqual([
      '0@1',
      '1@9',
      '2@1',
    ]);
    expect([overtaken, owners.looks]).toEqual([[1], 1]);
  });

  it('retries until the latest claim is announced', async () => {
    await listen();
    owners.away = true;
    const directory = directoryOf(owners, server);
    directory.announce('orders', 0, 1, () => undefined);
    directory.announce('orders', 0, 2, () => undefined);
    owners.away = false;
    await until(() => owners.rows.length > 0);
    await directory.refresh();
    expect(owners.rows.map(({ claim }) => claim)).toEqual([2]);
  });

  describe('with another process in it', () => {
    const other = { topic: 'orders', partition: 0, claim: 5, url: 'http://other:1', token: 'other' };

    it('knows an owner after the first lookup', async () => {
      const directory = directoryOf(owners);
      await owners.announce(other);
      expect([directory.ownerOf('orders', 0), directory.isKnown('other')]).toEqual([undefined, false]);
      await directory.refresh();
      expect(directory.ownerOf('orders', 0)).toEqual(other);
      expect(directory.isKnown('other')).toBe(true);
      expect(directory.ownerOf('orders', 1)).toBeUndefined();
      expect(directory.ownerOf('inventory', 0)).toBeUndefined();
    });

    it('never names this process', async () => {
      const directory = directoryOf(owners);
      await owners.announce({ ...other, token: directory.token });
      await directory.refresh();
      expect(directory.ownerOf('orders', 0)).toBeUndefined();
    });

    it('shares one lookup among concurrent callers, and does not repeat it at once', async () => {
      const directory = directoryOf(owners);
      await Promise.all(Array.from({ length: 20 }, () => directory.refresh()));
      await directory.refresh();
      expect(owners.looks).toBe(1);
    });

    it('keeps its knowledge while the database is unavailable', async () => {
      const directory = directoryOf(owners);
      await owners.announce(other);
      await directory.refresh();
      owners.away = true;
      await until(() => {
        void directory.refresh();
        return owners.looks > 1;
      });
      expect(directory.ownerOf('orders', 0)).toEqual(other);
    });
  });
});
