import type pg from 'pg';
import type { ApplicationBehaviour } from './behaviour.js';
import type { Metrics } from './metrics.js';
import { openSession } from './session.js';
import type { StoreSettings } from './store-settings.js';

/** The switch as the application sees it; without a row it reads as disengaged. */
export interface SwitchState {
  readonly engaged: boolean;
  readonly reason: string;
}

/** The kill switch's store. Every method throws when the store cannot answer. */
export interface KillSwitchStore {
  boot(): Promise<void>;
  read(): Promise<SwitchState>;
  write(state: SwitchState): Promise<void>;
}

interface Row {
  readonly engaged: boolean;
  readonly reason: string;
  readonly updated_at: Date;
}

const RECONNECT_MS = 300;
const MAX_REASON = 512;
const CLEAR: SwitchState = { engaged: false, reason: '' };

/** Control characters other than tab and newline. */
function isForbiddenControl(character: string): boolean {
  const code = character.charCodeAt(0);
  return (code < 0x20 && character !== '\t' && character !== '\n') || code === 0x7f;
}

/** Why the application rejects a row; undefined when it takes it. */
export function rejection(row: Row, behaviour: ApplicationBehaviour, nowMs: number): string | undefined {
  const ageSeconds = (nowMs - row.updated_at.getTime()) / 1000;
  if (ageSeconds > behaviour.staleAfterSeconds) return `row is stale (${Math.round(ageSeconds)} s old)`;
  if (-ageSeconds > behaviour.futureToleranceSeconds) return 'row is from the future';
  if (row.reason.length > MAX_REASON) return 'reason is too long';
  if (row.reason.split('').some(isForbiddenControl)) return 'reason has control characters';
  if (row.engaged && row.reason.trim() === '') return 'engaged without a reason';
  return undefined;
}

/** The local store a process falls back to, silently, when its build finds no settings in the form it reads. */
export function createLocalStore(): KillSwitchStore {
  let state = CLEAR;
  return {
    boot: () => Promise.resolve(),
    read: () => Promise.resolve(state),
    write: (next) => {
      state = next;
      return Promise.resolve();
    },
  };
}

/** The store in PostgreSQL: one kept session, opened again when it is lost, a quarantine that only a restart ends. */
export class PostgresStore implements KillSwitchStore {
  readonly #settings: StoreSettings;
  readonly #behaviour: ApplicationBehaviour;
  readonly #localAddress: string;
  readonly #metrics: Metrics;
  #session: { readonly client: pg.Client; readonly host: string } | undefined;
  #opening: Promise<pg.Client> | undefined;
  #quarantined: string | undefined;

  constructor(settings: StoreSettings, behaviour: ApplicationBehaviour, localAddress: string, metrics: Metrics) {
    this.#settings = settings;
    this.#behaviour = behaviour;
    this.#localAddress = localAddress;
    this.#metrics = metrics;
  }

  async boot(): Promise<void> {
    await this.#open(this.#behaviour.bootConnectTimeoutMs);
    const found = await this.#query<{ there: boolean }>('SELECT', `select to_regclass('kill_switch_state') is not null as there`);
    if (found[0]?.there !== true) {
      if (!this.#behaviour.createTable) throw new Error('table kill_switch_state is missing');
      await this.#query(
        'CREATE',
        `create table if not exists kill_switch_state (id smallint primary key check (id = 1), engaged boolean not null,
        reason text not null default '', updated_at timestamptz not null default now())`,
      );
    }
    await this.read();
    setInterval(() => {
      if (this.#session === undefined) this.#open(this.#runTimeoutMs()).catch(() => undefined);
    }, RECONNECT_MS).unref();
  }

  async read(): Promise<SwitchState> {
    if (this.#quarantined !== undefined) throw new Error(`quarantined: ${this.#quarantined}`);
    const [row] = await this.#query<Row>('SELECT', 'select engaged, reason, updated_at from kill_switch_state where id = 1');
    if (row === undefined) return CLEAR;
    const why = rejection(row, this.#behaviour, Date.now());
    if (why !== undefined) {
      if (this.#behaviour.quarantine) this.#quarantined = why;
      throw new Error(why);
    }
    this.#metrics.engaged(row.engaged);
    return { engaged: row.engaged, reason: row.reason };
  }

  async write(state: SwitchState): Promise<void> {
    await this.#query(
      'INSERT',
      `insert into kill_switch_state (id, engaged, reason, updated_at) values (1, $1, $2, now())
      on conflict (id) do update set engaged = excluded.engaged, reason = excluded.reason, updated_at = now()`,
      [state.engaged, state.reason],
    );
    this.#metrics.engaged(state.engaged);
  }

  #runTimeoutMs(): number {
    return this.#behaviour.blockOnHang ? 0 : this.#behaviour.queryTimeoutMs;
  }

  #open(connectTimeoutMs: number): Promise<pg.Client> {
    this.#opening ??= (async () => {
      try {
        const session = await openSession(this.#settings, {
          localAddress: this.#localAddress,
          connectTimeoutMs,
          queryTimeoutMs: this.#runTimeoutMs(),
        });
        this.#session = session;
        session.client.once('end', () => this.#drop(session.client));
        session.client.once('error', () => this.#drop(session.client));
        return session.client;
      } finally {
        this.#opening = undefined;
      }
    })();
    return this.#opening;
  }

  #drop(client: pg.Client): void {
    if (this.#session?.client === client) this.#session = undefined;
  }

  async #query<Result extends pg.QueryResultRow>(statementType: string, text: string, values: unknown[] = []): Promise<Result[]> {
    const kept = this.#session?.client;
    try {
      return await this.#run<Result>(kept ?? (await this.#open(this.#runTimeoutMs())), statementType, text, values);
    } catch (error) {
      // A session that was lost since its last use: once more on a new one, as a pool does. A statement the server refused is final.
      if (kept === undefined || (error as { severity?: string }).severity === 'ERROR') throw error;
      this.#drop(kept);
      kept.end().catch(() => undefined);
      return this.#run<Result>(await this.#open(this.#runTimeoutMs()), statementType, text, values);
    }
  }

  async #run<Result extends pg.QueryResultRow>(
    client: pg.Client,
    statementType: string,
    text: string,
    values: unknown[],
  ): Promise<Result[]> {
    const host = this.#session?.host ?? 'unknown';
    const startedAtMs = performance.now();
    try {
      const { rows } = await client.query<Result>(text, values);
      this.#metrics.query(host, statementType, 'success', (performance.now() - startedAtMs) / 1000);
      return rows;
    } catch (error) {
      this.#metrics.query(host, statementType, 'error', (performance.now() - startedAtMs) / 1000);
      throw error;
    }
  }
}
