import { isAbsolute } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RampartError } from '../errors/index.js';
import { SETTINGS, describeSettings, loadSettings } from './settings.js';

function problemsOf(env: Record<string, string>, argv: string[] = []): string {
  try {
    loadSettings(env, argv);
  } catch (error) {
    if (error instanceof RampartError && error.code === 'invalid-settings') return error.message;
    throw error;
  }
  return '';
}

describe('settings', () => {
  it('has a usable default for every setting', () => {
    const settings = loadSettings({});
    expect(settings).toMatchObject({ host: '127.0.0.1', port: 8080, role: 'all', databaseUrl: undefined, workerSlots: 1, logLevel: 'info' });
    expect(isAbsolute(settings.dataFolder)).toBe(true);
  });

  it('takes flags over variables over defaults, and an empty variable as not set', () => {
    const settings = loadSettings({ RAMPART_PORT: '9000', RAMPART_HOST: '0.0.0.0', RAMPART_WORKER_SLOTS: '' }, ['--port', '0', '--role=api']);
    expect(settings).toMatchObject({ port: 0, host: '0.0.0.0', role: 'api', workerSlots: 1 });
  });

  it('names every problem at once, with the value and what would be accepted', () => {
    const text = problemsOf({ RAMPART_PORT: '70000', RAMPART_ROLE: 'both', RAMPART_SSE_HEARTBEAT_SECONDS: '16', RAMPART_WORKER_SLOTS: '1.5' }, ['--dta', 'x']);
    expect(text).toContain('RAMPART_PORT=70000: expected a whole number of port from 0 to 65535');
    expect(text).toContain('RAMPART_ROLE=both: expected one of all, api, worker');
    expect(text).toContain('RAMPART_SSE_HEARTBEAT_SECONDS=16: expected a whole number of seconds from 1 to 15');
    expect(text).toContain('RAMPART_WORKER_SLOTS=1.5:');
    expect(text).toContain('--dta is not a flag');
  });

  it('refuses a flag without a value, a stray word and a lone worker without a database', () => {
    expect(problemsOf({}, ['--port'])).toContain('--port needs a value');
    expect(problemsOf({}, ['now'])).toContain('"now" is not understood');
    expect(problemsOf({}, ['--role', 'worker'])).toContain('needs DATABASE_URL');
    expect(problemsOf({ DATABASE_URL: 'postgres://u:p@db/x' }, ['--role', 'worker'])).toBe('');
  });

  it('does not repeat a secret in its message', () => {
    expect(problemsOf({ DATABASE_URL: 'mysql://user:hunter2@db' })).toMatch(/DATABASE_URL=\(hidden\): expected a postgres/);
  });

  it('describes every setting', () => {
    const help = describeSettings();
    for (const setting of Object.values(SETTINGS)) expect(help).toContain(setting.env);
    expect(help).toContain('RAMPART_PORT, --port');
  });
});
