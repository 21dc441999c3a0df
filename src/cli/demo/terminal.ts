/** The terminal as far as the demo needs it: its width, raw writing for the live line, and keys pressed one by one. */

/** Keys that were pressed and not yet looked at. */
export interface Keys {
  /** The oldest one, undefined when none was pressed. */
  take(): string | undefined;
  /** Gives the keyboard back. */
  close(): void;
}

/** A terminal, or what stands in for one. */
export interface Terminal {
  columns(): number;
  write(text: string): void;
  /** Whether keys can be read one by one. */
  readonly hasKeys: boolean;
  keys(): Keys;
}

const DEFAULT_COLUMNS = 80;
const INTERRUPT = '\u0003';

/** The terminal of this process. */
export function processTerminal(): Terminal {
  const { stdin, stdout } = process;
  return {
    columns: () => (stdout.isTTY ? stdout.columns : DEFAULT_COLUMNS),
    write: (text) => void stdout.write(text),
    hasKeys: stdin.isTTY && stdout.isTTY,
    keys: () => {
      const pressed: string[] = [];
      const take = (data: Buffer): void => {
        for (const key of data.toString('utf8')) {
          // In raw mode the terminal hands ^C over as a character instead of sending the signal.
          if (key === INTERRUPT) process.kill(process.pid, 'SIGINT');
          else pressed.push(key);
        }
      };
      stdin.setRawMode(true);
      stdin.on('data', take);
      stdin.resume();
      return {
        take: () => pressed.shift(),
        close: () => {
          stdin.off('data', take);
          stdin.setRawMode(false);
          stdin.pause();
        },
      };
    },
  };
}
