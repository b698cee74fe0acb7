export { CertificateFolder } from './certificate-folder.fixture.js';
export { conversations } from './hostile-requests/conversation.js';
export { HostileClients } from './hostile-requests/hostile-clients.js';
export { RawClient } from './raw-client.js';
export { setPrincipal } from '../auth/caller.js';
export { RecordedTracing, type StartedSpan } from './recorded-tracing.js';
