import { LOOPBACK } from './ports.ts';

/**
 * For a small machine that plans large organizations in bulk. Whatever keeps a commit is on: the demo's
 * data is real to the one who tries it, and tests kill the server.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: LOOPBACK,
  unix_socket_directories: '',
  max_connections: '60',
  shared_buffers: '256MB',
  maintenance_work_mem: '256MB',
  max_wal_size: '4GB',
  checkpoint_timeout: '15min',
  // This build has neither lz4 nor zstd; `on` is pglz.
  wal_compression: 'on',
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  // Compiling costs more than it saves in short statements, and a plan that flips to it surprises.
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

/** `others` come before them. */
export function settingArguments(others: Readonly<Record<string, string>> = {}): string[] {
  return Object.entries({ ...SETTINGS, ...others }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
