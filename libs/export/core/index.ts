export { type LogToExport } from './log-walk.js';
export { FILE_FORMATS, type ExportManifest, type FileFormat } from './manifest.js';
export { type Bound, parseBound } from './wanted-range.js';
export { STARTER_QUERIES, type StarterQuery } from './starter-queries.js';
