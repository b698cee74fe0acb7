export { someMail } from './some-mail.js';
