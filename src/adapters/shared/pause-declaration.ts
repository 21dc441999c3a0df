/** What every pause declares about itself; shown on each card. */
export interface PauseDeclaration {
  readonly restingOrders: 'cancelled' | 'left' | 'unknown';
  /** What a person does when the pause cannot be proven. */
  readonly manualKill: string;
  /** How long an unknown outcome is read back before people are asked. */
  readonly settleMs: number;
}

/** The look before the pause must not cost the pause: a platform that does not say its state within this time is asked to pause at once. */
export const LOOK_FIRST_MS = 1_000;

/** Key under which `restore` says that the pause is not Holdfast's: it was found, and whoever made it lifts it. */
const FOUND = 'found-paused-by';

/** What the undo needs of a pause that Holdfast made: nothing but its key. */
export const OWN_PAUSE: Readonly<Record<string, string>> = {};

/** What the undo must know of a pause that was found in force. */
export function foundPause(by: string): Readonly<Record<string, string>> {
  return { [FOUND]: by };
}

/** Who made the pause that was found, or undefined when it is Holdfast's own. */
export function foundPauseBy(restore: Readonly<Record<string, string>>): string | undefined {
  return restore[FOUND];
}
