import { Module } from '@nestjs/common';
import { Commands } from '#libs/commands';
import { PersonalData } from '#libs/personal-data/sealing';
import { SETTINGS, type Settings, TRACING, type Tracing } from '#libs/platform';
import { SendMailTask } from './send-mail-task.js';
import { SmtpMailer } from './smtp-mailer.js';

/** Mails to customers. Needs the commanding module with the aggregates of orders and notifications. */
@Module({
  providers: [
    { provide: SmtpMailer, inject: [SETTINGS], useFactory: ({ mail }: Settings) => new SmtpMailer(mail) },
    {
      provide: SendMailTask,
      inject: [Commands, SmtpMailer, TRACING, PersonalData],
      useFactory: (commands: Commands, mailer: SmtpMailer, tracing: Tracing, personalData: PersonalData) =>
        new SendMailTask(commands, mailer, tracing, personalData),
    },
  ],
  exports: [SendMailTask],
})
export class MailModule {}
