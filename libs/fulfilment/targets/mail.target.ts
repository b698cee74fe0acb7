import type { SendMailTask } from '#libs/mail';
import type { ProcessTarget } from '#libs/processes/runner';
import type { MailTask } from '../core/tasks.js';

/** Writes to customers. */
export const mailTarget =
  (mails: SendMailTask): ProcessTarget =>
  (sent) =>
    mails.execute(sent.payload as MailTask, sent);
