import type { LoadedConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import type { StorePorts } from '../ports/index.js';
import type { ExitCode } from './exit-codes.js';
import type { RunClient } from './run-client.js';

/** Everything a command may touch. The entry file makes the real one; tests make their own. */
export interface CliContext {
  /** Standard output: results only. */
  out(text: string): void;
  /** Standard error: what people should know beside the result. */
  err(text: string): void;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether a person sits before standard output. */
  readonly isTty: boolean;
  now(): number;
  sleep(ms: number): Promise<void>;
  /** Aborted when the person interrupts. */
  readonly signal: AbortSignal;
  /** Asks a yes-or-no question; false where nobody can be asked. */
  confirm(question: string): Promise<boolean>;
  load(file: string | undefined): Promise<LoadedConfig>;
  connect(config: Config): Promise<RunClient>;
  ports(config: Config, store: string, client: RunClient | undefined): StorePorts;
}

/** How a result is printed. */
export type OutputForm = 'text' | 'json';

/** Options that every command has. */
export interface CommonOptions {
  readonly config?: string;
  readonly output: OutputForm;
}

/** What a command brought: printed once, as text or as one JSON document. */
export interface CommandResult {
  readonly text: string;
  readonly data: unknown;
  readonly exit?: ExitCode;
  /** True when JSON lines went before it: the result is then one line too. */
  readonly streamed?: boolean;
}

/** Runs `work` with a client and closes it whatever happens. */
export async function withClient<T>(context: CliContext, config: Config, work: (client: RunClient) => Promise<T>): Promise<T> {
  const client = await context.connect(config);
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}
