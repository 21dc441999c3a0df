/** Logs: pino with redaction as the second line of defence, and the same logger for Temporal’s runtime. */
import { pino } from 'pino';
import type { DestinationStream, Logger } from 'pino';
import { REDACTED_PATHS, redactText } from '../config/redact.js';

/** The subset of Temporal’s `Logger` that its Runtime asks for; written down here so that the gateway needs no worker package. */
export interface TemporalLogger {
  log(level: TemporalLevel, message: string, meta?: Record<string | symbol, unknown>): void;
  trace(message: string, meta?: Record<string | symbol, unknown>): void;
  debug(message: string, meta?: Record<string | symbol, unknown>): void;
  info(message: string, meta?: Record<string | symbol, unknown>): void;
  warn(message: string, meta?: Record<string | symbol, unknown>): void;
  error(message: string, meta?: Record<string | symbol, unknown>): void;
}

type TemporalLevel = 'TRACE' | 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';

/** Creates the process’s logger: JSON lines to standard error, so that standard output stays for results. */
export function createLogger(name: string, options: { readonly level?: string; readonly stream?: DestinationStream } = {}): Logger {
  return pino(
    {
      name,
      level: options.level ?? 'info',
      redact: { paths: [...REDACTED_PATHS], censor: '[redacted]' },
      hooks: {
        logMethod(args, method) {
          // Messages are free text: a DSN or token that a library put there is cut out as well.
          const safe = args.map((value) => (typeof value === 'string' ? redactText(value) : value)) as typeof args;
          method.apply(this, safe);
        },
      },
      serializers: {
        err: (error: Error) => ({ type: error.name, message: redactText(error.message), stack: redactText(error.stack ?? '') }),
      },
    },
    options.stream ?? pino.destination(2),
  );
}

const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const satisfies Record<
  TemporalLevel,
  string
>;

/** The logger in the shape of `Runtime.install({ logger })`. */
export function temporalLogger(logger: Logger): TemporalLogger {
  const log: TemporalLogger['log'] = (level, message, meta) => logger[LEVELS[level]]({ ...meta }, message);
  return {
    log,
    trace: (message, meta) => log('TRACE', message, meta),
    debug: (message, meta) => log('DEBUG', message, meta),
    info: (message, meta) => log('INFO', message, meta),
    warn: (message, meta) => log('WARN', message, meta),
    error: (message, meta) => log('ERROR', message, meta),
  };
}
