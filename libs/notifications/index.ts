export { NOTIFICATION_AGGREGATE } from './notification.aggregate.js';
export type { NotificationCommand, NotificationEvent } from './notification-decider.js';
export {
  isRecorded,
  MAIL_TEMPLATES,
  type MailDetails,
  type MailTemplate,
  type Notification,
  type NotificationState,
} from './notification.js';
export { headerText } from './templates/safe-text.js';
export { type MailFacts, type RenderedMail, renderMail } from './templates/mail-templates.js';
