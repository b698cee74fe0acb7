export { conversations, type Conversation } from './conversation.js';
export { HostileClients } from './hostile-clients.js';
