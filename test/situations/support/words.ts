/** Texts of a lab without its secrets: a red test is printed where many can read it. */
import type { AnyStage as Stage } from '../../../src/cli/demo/stage-types.js';

export function redacted(stage: Stage, text: string): string {
  return stage.lab.canaries.reduce((left, secret) => left.replaceAll(secret, '[secret]'), text);
}
