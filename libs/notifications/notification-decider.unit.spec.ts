import { emptyStream } from '#libs/kernel';
import { specify } from '#libs/kernel/testing';
import { notificationDocument } from './http/index.js';
import { notificationDecider, type NotificationEvent } from './notification-decider.js';
import { someMail } from './testing/index.js';

const given = specify(notificationDecider);
const mail = someMail();
const error = '550 no such mailbox';
const sent: NotificationEvent = { type: 'email.sent', data: { ...mail, error: null } };
const failed: NotificationEvent = { type: 'email.failed', data: { ...mail, error } };

describe('a notification', () => {
  it('records that the mail was sent, or refused and why', () => {
    given()
      .when({ type: 'record-sent', ...mail })
      .then(sent);
    given()
      .when({ type: 'record-failed', ...mail, error })
      .then(failed);
  });

  it.each([sent, failed])('keeps its first outcome, whatever a repeat reports: $type', (first) => {
    given(first)
      .when({ type: 'record-sent', ...mail })
      .thenNothing();
    given(first)
      .when({ type: 'record-failed', ...mail, error: 'another' })
      .thenNothing();
  });
});

describe('the document of a notification', () => {
  const documentOf = (event: NotificationEvent) => {
    const state = notificationDecider.evolve(notificationDecider.initialState, event);
    const time = '2026-01-01T00:00:00.000Z';
    return notificationDocument({ tenant: 't', version: 1, createdAt: time, updatedAt: time, state });
  };

  it('shows what was sent to whom, and when', () => {
    const { cartId: _, ...shown } = mail;
    expect(documentOf(sent)).toEqual({ ...shown, status: 'sent', sentAt: '2026-01-01T00:00:00.000Z' });
    expect(documentOf(failed)).toMatchObject({ status: 'failed', error });
  });

  it('does not exist without an event', () => {
    const empty = emptyStream(notificationDecider.initialState);
    expect(() => notificationDocument(empty)).toThrow(/without events/);
  });
});
