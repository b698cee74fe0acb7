import { CommandOutcomeUnknownError, NotOwnerError } from '#libs/event-store';
import { PeerClient } from './peer-client.js';
import { forwarded, PeerServer, resultOf } from './peer-server.fixture.js';

describe('the client of another process', () => {
  let peer: PeerServer;
  let client: PeerClient;
  beforeEach(async () => {
    peer = await PeerServer.start();
    client = new PeerClient(peer.url, 'the token');
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

  it('shows the token, and brings the command as it is', async () => {
    const command = forwarded('größe 茶');
    expect(await client.send(command)).toEqual(resultOf(command));
    expect(peer.received).toMatchObject([
      { path: '/internal/forwarded-commands', headers: { 'orderstream-peer-token': 'the token' } },
    ]);
    expect(peer.received[0]?.commands).toEqual([JSON.parse(JSON.stringify(command))]);
  });

  it('sends together what comes together, and gives each its own answer', async () => {
    const commands = names(20).map((name) => forwarded(name));
    expect(await Promise.all(commands.map((command) => client.send(command)))).toEqual(
      commands.map(resultOf),
    );
    expect(sizes()).toEqual([20]);
  });

  it('sends no more than a bounded number together', async () => {
    const commands = names(1_001).map((name) => forwarded(name));
    expect(await Promise.all(commands.map((command) => client.send(command)))).toEqual(
      commands.map(resultOf),
    );
    expect(sizes().toSorted((a, b) => b - a)).toEqual([500, 500, 1]);
  });

  it('sends no more than bounded bytes together, but for the last command', async () => {
    await Promise.all(names(6).map((name) => client.send(forwarded(name, 600_000))));
    expect(sizes()).toEqual([2, 2, 2]);
  });

  it('gives other answers as they are', async () => {
    const answers = [{ kind: 'not-owner' }, { kind: 'unavailable', message: 'why' }];
    peer.reply = (_, response) => peer.answer(response, answers);
    expect(await Promise.all([client.send(forwarded('a')), client.send(forwarded('b'))])).toEqual(answers);
  });

  it('says that nobody took it when nobody listens', async () => {
    await peer.stop();
    await isNotOwner(client.send(forwarded('a')));
  });

  it('says that nobody took it when another process has the place, which does not know the token', async () => {
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

  it('does not know what came of it when the connection is cut once it was sent', async () => {
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

  it('goes on after all of that', async () => {
    peer.reply = () => peer.cut();
    await isUnknown(client.send(forwarded('a')));
    peer.reply = (commands, response) => peer.answer(response, commands.map(resultOf));
    expect(await client.send(forwarded('b'))).toEqual(resultOf(forwarded('b')));
  });

  it('still gets the answers to what was sent when it is closed, and sends nothing more', async () => {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const reached = new Promise<void>((resolve) => {
      peer.reply = async (commands, response) => {
        resolve();
        await released;
        peer.answer(response, commands.map(resultOf));
      };
    });
    const sent = client.send(forwarded('a'));
    await reached;
    const closed = client.close();
    await isNotOwner(client.send(forwarded('b')));
    release();
    expect(await sent).toEqual(resultOf(forwarded('a')));
    await closed;
    expect(sizes()).toEqual([1]);
    client = new PeerClient(peer.url, 'for the end of the test');
  });
});
