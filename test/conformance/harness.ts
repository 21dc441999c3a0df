import { inspect } from 'node:util';
import { expect } from 'vitest';
import { HoldfastError } from '../../src/domain/errors.js';
import type { CallScope } from '../../src/ports/scope.js';

/** Text that stands in every secret of a conformance world: it must appear in no error and no result. */
export const CANARY = 'canary-7b1f';

/** What becomes of one call to the other side. `timeout-after`: it acted, and the answer is lost. */
export type Fate = 'ok' | 'refuse' | 'timeout-before' | 'timeout-after';

/** What every world of a suite offers. A world is opened for one test and closed after it. */
export interface ConformanceWorld {
  scope(overrides?: Partial<CallScope>): CallScope;
  /** Awaits the work; a world with a virtual clock lets time pass meanwhile. */
  drive<T>(work: Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Makes the worlds of one implementation. */
export interface Harness<W extends ConformanceWorld> {
  open(): Promise<W>;
}

/** Runs one test in a world of its own. */
export async function inWorld<W extends ConformanceWorld>(harness: Harness<W>, work: (world: W) => Promise<void>): Promise<void> {
  const world = await harness.open();
  try {
    await work(world);
  } finally {
    await world.close();
  }
}

/** A scope in real time. */
export function realScope(overrides: Partial<CallScope> = {}): CallScope {
  return {
    key: 'incident-1/1/step/1',
    signal: new AbortController().signal,
    now: Date.now,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    ...overrides,
  };
}

/** World parts of an implementation that lives in real time. */
export function realTime(close: () => Promise<void>): ConformanceWorld {
  return { scope: realScope, drive: (work) => work, close };
}

/** A signal that was aborted before anything began. */
export function abortedSignal(): AbortSignal {
  return AbortSignal.abort();
}

/** The HoldfastError that the work must end in. No error of any suite may show a secret, so that is checked here for all. */
export async function errorOf(work: Promise<unknown>): Promise<HoldfastError> {
  const error: unknown = await work.then(
    (value: unknown) => value,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(HoldfastError);
  const failure = error as HoldfastError;
  // With its stack, its evidence and its causes.
  expect(inspect(failure, { depth: 8 })).not.toContain(CANARY);
  return failure;
}

/** Asserts that no part of the value shows a secret. */
export function expectNoSecret(value: unknown): void {
  expect(JSON.stringify(value) ?? '').not.toContain(CANARY);
}
