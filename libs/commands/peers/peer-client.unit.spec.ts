import { CommandOutcomeUnknownError, NotOwnerError } from '#libs/event-store/core';
import { deferred } from '#libs/kernel/testing';
import { trustingConnector } from '#libs/platform';
import { PEER_CONNECT_MS, PeerClient } from './peer-client.js';
import { forwarded, PeerServer, resultOf } from '../testing/peer-server.fixture.js';

const connect = trustingConnector(undefined, { timeout: PEER_CONNECT_MS });

describe('the client of another process', () => {
  let peer: PeerServer;
  let client: PeerClient;
  beforeEach(async () => {
    peer = await PeerServer.start();
    client = new PeerClient(peer.url, 'the token', connect);
  });
  afterEach(async () => {
    await peer.stop();
    await client.close();
  });

  const names = (count: number) => Array.from({ length: count }, (_, index) => `s${index}`);
  const sizes = () => peer.received.map(({ commands }) => commands.length);
  const isNotOwner = (sent: Promise<unknown>) => expect(sent).rejects.toBeInstanceOf(NotOwnerError);
  const isUnknown = (sent: Promise<unknown>) =>
    expect(sent).rejects.toBeInstanceOf(CommandOutcomeUnknownError);

  it('sends the token and the unchanged command', async () => {
    const command = forwarded('größe 茶');
    expect(await client.send(command)).toEqual(resultOf(command));
    expect(peer.received).toMatchObject([
      { path: '/internal/forwarded-commands', headers: { 'orderstream-peer-token': 'the token' } },
    ]);
    expect(peer.received[0]?.commands).toEqual([JSON.parse(JSON.stringify(command))]);
  });

  it('sends concurrent commands in one request, and gives each its own answer', async () => {
    const commands = names(20).map((name) => forwarded(name));
    expect(await Promise.all(commands.map((command) => client.send(command)))).toEqual(
      commands.map(resultOf),
    );
    expect(sizes()).toEqual([20]);
  });

  it('bounds the number of commands per request', async () => {
    const commands = names(1_001).map((name) => forwarded(name));
    expect(await Promise.all(commands.map((command) => client.send(command)))).toEqual(
      commands.map(resultOf),
    );
    expect(sizes().toSorted((a, b) => b - a)).toEqual([500, 500, 1]);
  });

  it('bounds the bytes per request, except for the last command', async () => {
    await Promise.all(names(6).map((name) => client.send(forwarded(name, 600_000))));
    expect(sizes()).toEqual([2, 2, 2]);
  });

  it('passes on other answers unchanged', async () => {
    const answers = [{ kind: 'not-owner' }, { kind: 'unavailable', message: 'why' }];
    peer.reply = (_, response) => peer.answer(response, answers);
    expect(await Promise.all([client.send(forwarded('a')), client.send(forwarded('b'))])).toEqual(answers);
  });

  it('reports NotOwner if nothing listens', async () => {
    await peer.stop();
    await isNotOwner(client.send(forwarded('a')));
  });

  it('reports NotOwner if another process listens there and does not know the token', async () => {
    peer.reply = (_, response) => void response.writeHead(404).end('{}');
    await isNotOwner(client.send(forwarded('a')));
  });

  it.each([500, 502, 504])(
    'does not know what came of it after %i, which others may answer',
    async (status) => {
      peer.reply = (_, response) => void response.writeHead(status).end('{}');
      await isUnknown(client.send(forwarded('a')));
    },
  );

  it('reports an unknown outcome if the connection breaks after the send', async () => {
    peer.reply = () => peer.cut();
    await Promise.all([isUnknown(client.send(forwarded('a'))), isUnknown(client.send(forwarded('b')))]);
    expect(sizes()).toEqual([2]);
  });

  it.each(['[{"kind":', 'nonsense', '[]'])(
    'does not know what came of it when the answer is %s',
    async (body) => {
      peer.reply = (_, response) => void response.writeHead(200).end(body);
      await isUnknown(client.send(forwarded('a')));
    },
  );

  it('does not wait for ever', async () => {
    peer.reply = () => undefined;
    await isUnknown(client.send(forwarded('a', 100, 50)));
  });

  it('keeps working after all of that', async () => {
    peer.reply = () => peer.cut();
    await isUnknown(client.send(forwarded('a')));
    peer.reply = (commands, response) => peer.answer(response, commands.map(resultOf));
    expect(await client.send(forwarded('b'))).toEqual(resultOf(forwarded('b')));
  });

  it('still receives pending answers after close, and sends nothing more', async () => {
    const [released, reached] = [deferred(), deferred()];
    peer.reply = async (commands, response) => {
      reached.resolve();
      await released.promise;
      peer.answer(response, commands.map(resultOf));
    };
    const sent = client.send(forwarded('a'));
    await reached.promise;
    const closed = client.close();
    await isNotOwner(client.send(forwarded('b')));
    released.resolve();
    expect(await sent).toEqual(resultOf(forwarded('a')));
    await closed;
    expect(sizes()).toEqual([1]);
    client = new PeerClient(peer.url, 'for the end of the test', connect);
  });
});
