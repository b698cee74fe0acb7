import { answerOf, client } from '../../api/client';
import { changeHeaders, commandHeaders } from '../../api/command';
import type {
  DeadLetterSelection,
  ReplayToCreate,
  SubscriptionChange,
  SubscriptionToCreate,
} from './subscription';

const ONE = '/v1/webhook-subscriptions/{subscriptionId}';
const of = (subscriptionId: string) => ({ path: { subscriptionId }, header: commandHeaders() });

export const pauseWebhook = (id: string) => client.POST(`${ONE}/pause`, { params: of(id) });

export const resumeWebhook = (id: string) => client.POST(`${ONE}/resume`, { params: of(id) });

/** Returns the id of the event that is sent. */
export const testWebhook = async (id: string): Promise<string> =>
  (await answerOf(client.POST(`${ONE}/test`, { params: of(id) }))).eventId;

export const deleteWebhook = (id: string) => client.DELETE(ONE, { params: of(id) });

export const createWebhook = (body: SubscriptionToCreate) =>
  answerOf(client.POST('/v1/webhook-subscriptions', { params: { header: commandHeaders() }, body }));

/** Refused if somebody else has changed the webhook since `version`. */
export const changeWebhook = (subscriptionId: string, version: number, body: SubscriptionChange) =>
  answerOf(client.PATCH(ONE, { params: { path: { subscriptionId }, header: changeHeaders(version) }, body }));

export const readSecret = (subscriptionId: string) =>
  answerOf(client.GET(`${ONE}/secret`, { params: { path: { subscriptionId } } }));

export const rotateSecret = (id: string, overlapSeconds: number) =>
  answerOf(client.POST(`${ONE}/secret/rotate`, { params: of(id), body: { overlapSeconds } }));

export const startReplay = (id: string, body: ReplayToCreate) =>
  answerOf(client.POST(`${ONE}/replay`, { params: of(id), body }));

export const cancelReplay = (subscriptionId: string, replayId: string) =>
  client.DELETE(`${ONE}/replays/{replayId}`, { params: { path: { subscriptionId, replayId } } });

type Release = (subscriptionId: string, body: DeadLetterSelection) => Promise<number>;

/** Returns how many were released. */
export const redriveDeadLetters: Release = async (subscriptionId, body) =>
  (await answerOf(client.POST(`${ONE}/dead-letters/redrive`, { params: { path: { subscriptionId } }, body })))
    .count;

/** Returns how many were given up. */
export const skipDeadLetters: Release = async (subscriptionId, body) =>
  (await answerOf(client.POST(`${ONE}/dead-letters/skip`, { params: { path: { subscriptionId } }, body })))
    .count;
