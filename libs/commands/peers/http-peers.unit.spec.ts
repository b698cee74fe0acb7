import { setTimeout as sleep } from 'node:timers/promises';
import {
  CommandOutcomeUnknownError,
  CommandShareError,
  CommandUnavailableError,
  NotOwnerError,
} from '#libs/event-store/core';
import { systemClock } from '#libs/kernel';
import { loadSettings, Siblings } from '#libs/platform';
import { deferred } from '#libs/kernel/testing';
import { failureAnswer, type ForwardedAnswer } from './forwarded-commands.js';
import { HttpPeers } from './http-peers.js';
import { directoryOf, OwnerList } from '../testing/owner-list.fixture.js';
import { forwarded, PeerServer, resultOf } from '../testing/peer-server.fixture.js';

describe('the other processes', () => {
  let owners: OwnerList;
  let peer: PeerServer;
  let peers: HttpPeers;
  let siblings: Siblings;
  beforeEach(async () => {
    owners = new OwnerList();
    peer = await PeerServer.start();
    siblings = new Siblings(1, 2);
    peers = new HttpPeers(directoryOf(owners), siblings, loadSettings({}));
  });
  afterEach(async () => {
    await peer.stop();
    await peers.onApplicationShutdown();
  });

  const own = (server: PeerServer, token: string, partition = 0) =>
    owners.announce({ topic: 'orders', partition, claim: 1, url: server.url, token });
  const forward = (streamId: string, partition = 0) =>
    peers.forward('orders', partition, forwarded(streamId).request, systemClock.now() + 2_000);
  /** As the engine does: again, while nobody takes it. */
  async function bring(streamId: string): Promise<unknown> {
    for (;;) {
      try {
        return await forward(streamId);
      } catch (error) {
        if (!(error instanceof NotOwnerError)) throw error;
      }
      await sleep(5);
    }
  }
  const answered = (streamId: string) => {
    const answer = resultOf(forwarded(streamId));
    return answer.kind === 'result' ? answer.result : undefined;
  };

  it('are found even if none was known', async () => {
    await own(peer, 'token');
    await expect(forward('a')).rejects.toBeInstanceOf(NotOwnerError);
    expect(await forward('a')).toEqual(answered('a'));
    expect(peer.received[0]?.commands[0]).toMatchObject({ topic: 'orders', request: { streamId: 'a' } });
    expect(peer.received[0]?.commands[0]?.timeLeftMs).toBeLessThanOrEqual(2_000);
  });

  it('are reached at their own port where they share that of this process', async () => {
    await owners.announce({
      topic: 'orders',
      partition: 0,
      claim: 1,
      url: 'http://127.0.0.1:1',
      token: 'token',
    });
    siblings.update([{ number: 2, token: 'token', url: peer.url }]);
    expect(await bring('a')).toEqual(answered('a'));
    expect(await peers.sendToSibling('token', forwarded('b'))).toEqual(resultOf(forwarded('b')));
    siblings.update([]);
    await expect(peers.sendToSibling('token', forwarded('c'))).rejects.toBeInstanceOf(NotOwnerError);
    await expect(forward('d')).rejects.toBeInstanceOf(NotOwnerError);
    expect(peer.received).toHaveLength(2);
  });

  it.each<[ForwardedAnswer, abstract new (...args: never[]) => Error]>([
    [{ kind: 'not-owner' }, NotOwnerError],
    [{ kind: 'outcome-unknown' }, CommandOutcomeUnknownError],
    [{ kind: 'unavailable', message: 'Too many.' }, CommandUnavailableError],
    [failureAnswer(new CommandShareError('Too many.'), false), CommandShareError],
    [{ kind: 'failed', message: 'the schema' }, Error],
  ])('answer %j, and here it is the same', async (answer, error) => {
    await own(peer, 'token');
    await forward('a').catch(() => undefined);
    peer.replyWith(answer);
    await expect(forward('a')).rejects.toBeInstanceOf(error);
    expect(peer.received).toHaveLength(1);
  });

  it('say why a command had no effect, and that it had none, once', async () => {
    await own(peer, 'token');
    await forward('a').catch(() => undefined);
    const error = new CommandUnavailableError('Too many commands are in flight.');
    peer.replyWith(failureAnswer(error, false));
    await expect(forward('a')).rejects.toEqual(error);
    await expect(forward('a')).rejects.toThrow(error.message);
  });

  it('are looked up again after an owner has left', async () => {
    await own(peer, 'token');
    await bring('a');
    const next = await PeerServer.start();
    await peer.stop();
    await own(next, 'next');
    expect(await bring('b')).toEqual(answered('b'));
    expect(next.received[0]?.headers['orderstream-peer-token']).toBe('next');
    await next.stop();
  });

  it('receive nothing after they report that they are stopping, until others have taken over', async () => {
    await own(peer, 'leaving');
    await bring('a');
    peer.replyWith({ kind: 'leaving' });
    await expect(forward('b')).rejects.toBeInstanceOf(NotOwnerError);
    await expect(forward('b')).rejects.toBeInstanceOf(NotOwnerError);
    expect(peer.received.map(({ commands }) => commands[0]?.request.streamId)).toEqual(['a', 'b']);
    const next = await PeerServer.start();
    await own(next, 'next');
    expect(await bring('b')).toEqual(answered('b'));
    await next.stop();
  });

  it('may still answer pending commands after handing over the partition', async () => {
    const [released, reached] = [deferred(), deferred()];
    await own(peer, 'former');
    await bring('warm');
    peer.reply = async (commands, response) => {
      reached.resolve();
      await released.promise;
      peer.answer(response, commands.map(resultOf));
    };
    const owed = forward('owed');
    await reached.promise;
    peer.replyWith({ kind: 'not-owner' });
    const next = await PeerServer.start();
    await own(next, 'next');
    expect(await bring('late')).toEqual(answered('late'));
    released.resolve();
    expect(await owed).toEqual(answered('owed'));
    await next.stop();
  });
});
