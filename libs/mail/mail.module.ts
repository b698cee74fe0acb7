import { Module } from '@nestjs/common';
import { Commands } from '#libs/commands';
import { SETTINGS, type Settings } from '#libs/platform';
import { SendMailTask } from './send-mail-task.js';
import { SmtpMailer } from './smtp-mailer.js';

/** Mails to customers. Needs the commanding module with the aggregates of orders and notifications. */
@Module({
  providers: [
    { provide: SmtpMailer, inject: [SETTINGS], useFactory: ({ mail }: Settings) => new SmtpMailer(mail) },
    {
      provide: SendMailTask,
      inject: [Commands, SmtpMailer],
      useFactory: (commands: Commands, mailer: SmtpMailer) => new SendMailTask(commands, mailer),
    },
  ],
  exports: [SendMailTask],
})
export class MailModule {}
