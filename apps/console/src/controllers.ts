/** The controllers of the console, a line each. */
export { SessionController } from './session/session.controller.js';
export { OidcController } from './oidc/oidc.controller.js';
export { PortalSessionController } from './session/portal-session.controller.js';
