export { MailModule } from './mail.module.js';
export { SendMailTask, type SendMailAnswer } from './send-mail-task.js';
export { SmtpMailer, type MailOutcome, type OutgoingMail } from './smtp-mailer.js';
