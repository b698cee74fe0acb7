export { type ExportOptions, type ExportPorts, type ExportResult, runExport } from './export-run.js';
export { readExportManifest } from './export-folder.js';
export { openExportSql, openLogSql, type SqlSession } from './sql-session.js';
