export { type ExportOptions, type ExportPorts, type ExportResult, runExport } from './export-run.js';
export { readManifest } from './export-folder.js';
