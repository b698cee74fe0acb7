import { Module } from '@nestjs/common';
import { Commands } from '#libs/commands';
import { SETTINGS, type Settings, TRACING, type Tracing } from '#libs/platform';
import { SendMailTask } from './send-mail-task.js';
import { SmtpMailer } from './smtp-mailer.js';

/** Mails to customers. Needs the commanding module with the aggregates of orders and notifications. */
@Module({
  providers: [
    { provide: SmtpMailer, inject: [SETTINGS], useFactory: ({ mail }: Settings) => new SmtpMailer(mail) },
    {
      provide: SendMailTask,
      inject: [Commands, SmtpMailer, TRACING],
      useFactory: (commands: Commands, mailer: SmtpMailer, tracing: Tracing) =>
        new SendMailTask(commands, mailer, tracing),
    },
  ],
  exports: [SendMailTask],
})
export class MailModule {}
