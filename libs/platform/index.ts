export { ACT_LOG, type ActLog } from './audit/act-log.js';
export { Audited } from './audit/audited-routes.js';
export {
  API_KEY_STORE,
  hashApiKey,
  makeApiKey,
  type ApiKeyStore,
} from './auth/api-keys.js';
export { ACCESS_TOKENS } from './auth/authenticator.js';
export type { AccessTokens } from './auth/access-tokens/access-tokens.js';
export { audienceParameters } from './auth/access-tokens/audience-parameters.js';
export { KeyLookups } from './auth/key-lookups.js';
export { ApiKeyAuthenticator, keyHashOf } from './auth/api-key-authenticator.js';
export {
  Caller,
  type CallerSession,
  callerOf,
  msUntilExpiry,
  type Principal,
  principalOf,
} from './auth/caller.js';
export { PUBLIC_ROUTE, Public, RequiresScope, RequiresSession, scopeOf } from './auth/route-access.js';
export { csrfTokenOf, requireOwnOrigin } from './auth/sessions/forgery.js';
export { InPortal } from './auth/sessions/portal-access.js';
export { SessionAuthenticator } from './auth/sessions/session-authenticator.js';
export { HOST_PREFIX, SessionCookie } from './auth/sessions/session-cookie.js';
export {
  hashSessionToken,
  isSessionToken,
  makeSessionToken,
  MAX_SESSION_MS,
  SESSION_KINDS,
  SESSION_STORE,
  type SessionKind,
  type SessionStore,
  type StoredSession,
} from './auth/sessions/sessions.js';
export { EVERY_TENANT_SCOPE, scopeSetOf } from './auth/scope-sets.js';
export { WrongCredentials } from './auth/wrong-credentials.js';
export { ALL_OF_A_TENANT, isScope, type Scope, SCOPES, TENANT_SCOPES } from './auth/scopes.js';
export { isTenantName, TENANT_NAME_RULE } from './auth/tenant-name.js';
export { PEER_TOKEN_HEADER, Siblings } from './cluster/siblings.js';
export { HealthChecks } from './health/health-checks.js';
export { Readiness } from './health/readiness.js';
export {
  chargeWait,
  CreatesOrders,
  RequestLimits,
  type StreamPace,
  takeOrders,
} from './limits/request-limits.js';
export {
  LIMIT_NAMES,
  type LimitName,
  MOST_TENANTS_WITH_LIMITS,
  type OwnLimits,
  TENANT_LIMIT_STORE,
  TENANT_LIMITS,
  type TenantLimits,
  type TenantLimitStore,
  defaultLimits,
} from './limits/tenant-limits.js';
export { TenantQuotas } from './limits/tenant-quotas.js';
export { USAGE_CHANNEL, type UsageChannel } from './limits/usage-exchange.js';
export { Overload } from './overload/overload.js';
export { UNLISTED_ROUTE } from './http/allowed-methods.js';
export { BATCH_ROUTE, NDJSON, TakesBatch, batchItems, type BatchItem } from './http/batch-body.js';
export { addressShareOf, clientAddressOf } from './http/client-address.js';
export { assignConnectionShare } from './http/connection-shares.js';
export { bodySizeOf } from './http/json-body.js';
export {
  MAX_PAGE_TOKEN_LENGTH,
  integerParameter,
  PageTokens,
  pageEndTime,
  pagingParameters,
  type Page,
} from './http/paging.js';
export { requiredPositionHeader, requiredPositions } from './http/position-header.js';
export { preferenceAppliedHeader, preferredWait, preferredWaitHeader } from './http/prefer-wait.js';
export { PROBLEMS, isProblemCode, type ProblemCode } from './http/problem-codes.js';
export { IS_OUTAGE, databaseUnavailable } from './http/problem.filter.js';
export { notFoundProblem, ProblemException, shareProblem } from './http/problem.js';
export { httpsOptions, renewCertificate } from './http/https-server.js';
export { endWithProblem, problemOfClientError } from './http/raw-problems.js';
export { TakesSignedBody } from './http/signed-body.js';
export { requestIdentity } from './http/request-identity.js';
export { TIME_FORMAT, TIME_PATTERN, inTimeOrder, timeParameter } from './http/time-parameter.js';
export { invalidRequest, neededBody } from './http/validation.js';
export { WideLog } from './observability/logging.js';
export {
  ApiProblems,
  BodySchema,
  IdParameter,
  etagHeader,
  locationHeader,
  problemSchema,
} from './openapi/route-descriptions.js';
export { describeApi } from './openapi/describe-api.js';
export { hidesPersonalData, shownTo } from './personal-data/personal-data.js';
export {
  EVERY_TENANT,
  openedFor,
  type Reader,
  SEALED_TEXTS,
  type SealedTexts,
} from './personal-data/sealed-texts.js';
export { type AppParts, appRoot, runApp } from './run-app.js';
export { KEY_BYTES, Sealer, UnsealableError } from './secrets/sealer.js';
export type { SaslSettings } from './settings/kafka-settings.schema.js';
export {
  SETTINGS,
  SettingsError,
  describeSettings,
  loadSettings,
  schemeOf,
  type Settings,
} from './settings/settings.js';
export { type LoggedTrace, loggedTrace } from './tracing/logged-trace.js';
export {
  NO_TRACING,
  preciseNow,
  type SpanAttributes,
  type SpanStart,
  type TraceSpan,
  TRACING,
  type Tracing,
  UnrecordedSpan,
} from './tracing/tracing.js';
export { CertificateFiles, type CertificatePaths } from './tls/certificate-files.js';
export { stopTimesOf } from './process/stop-times.js';
export { TrustingAgent, trustingConnector } from './tls/trusting-connector.js';
