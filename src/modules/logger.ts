import { ConsoleLogger, type LogLevel } from '@nestjs/common';
import type { Settings } from '../config/settings.js';

const LEVELS: Record<Settings['logLevel'], LogLevel[]> = {
  debug: ['fatal', 'error', 'warn', 'log', 'debug'],
  info: ['fatal', 'error', 'warn', 'log'],
  warn: ['fatal', 'error', 'warn'],
  error: ['fatal', 'error'],
};

/** Nest's logger as the settings want it. */
export function createLogger({ logLevel, logFormat }: Pick<Settings, 'logLevel' | 'logFormat'>): ConsoleLogger {
  return new ConsoleLogger({ json: logFormat === 'json', colors: logFormat === 'text' && process.stdout.isTTY === true, logLevels: LEVELS[logLevel], prefix: 'rampart' });
}
