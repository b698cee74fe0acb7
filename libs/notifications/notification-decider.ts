import { type Decider, type DomainEvent, ok, type Rejection, unreachable } from '#libs/kernel';
import type { MailDetails, NotificationState } from './notification.js';

/** Records that the mail server has accepted the mail. */
export interface RecordSent extends MailDetails {
  readonly type: 'record-sent';
}

/** Records that the mail server has refused the mail for good. */
export interface RecordFailed extends MailDetails {
  readonly type: 'record-failed';
  /** Bounded by the caller. */
  readonly error: string;
}

export type NotificationCommand = RecordSent | RecordFailed;

/** Schemas name the template as text, so that old code can read new templates. */
type MailData = Omit<MailDetails, 'template'> & { readonly template: string; readonly error: string | null };

export type NotificationEvent = DomainEvent<'email.sent', MailData> | DomainEvent<'email.failed', MailData>;

/** The first outcome stands: a repeat under another command id leads to no event, and the stream is the answer. */
export const notificationDecider: Decider<
  NotificationState,
  NotificationCommand,
  NotificationEvent,
  Rejection<never>
> = {
  initialState: { status: 'none' },
  decide: (command, state) => {
    if (state.status !== 'none') return ok([]);
    switch (command.type) {
      case 'record-sent': {
        const { type: _, ...mail } = command;
        return ok([{ type: 'email.sent', data: { ...mail, error: null } }]);
      }
      case 'record-failed': {
        const { type: _, ...mail } = command;
        return ok([{ type: 'email.failed', data: mail }]);
      }
      default:
        return unreachable(command);
    }
  },
  evolve: (_, { type, data }) => ({
    ...data,
    template: data.template as MailDetails['template'],
    status: type === 'email.sent' ? 'sent' : 'failed',
  }),
};
