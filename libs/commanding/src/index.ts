export * from './aggregates.js';
export * from './commanding.module.js';
export * from './commands.js';
export * from './http/command-headers.js';
export * from './http/command-http.js';
export * from './process-request.js';
