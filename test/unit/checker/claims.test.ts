import { expect, test } from 'vitest';
import { claimsPaused } from '../../checker/trading.js';

test.each([
  ['Trading is paused.', true],
  ['kill-switch: trading is paused, proven', true],
  ['Is trading paused? Trading: paused.', true],
  ['**Trading**: paused, proven by the platform', true],
  ['Trading is NOT paused.', false],
  ['Trading must be paused by hand.', false],
  ['Trading is not proven to be paused.', false],
  ['If nobody answers, trading will be paused.', false],
  ['Trading could not be proven to be paused.', false],
  ['The pause of trading is UNPROVEN', false],
  ['Replay is paused on b.', false],
])('%s → %s', (text, claim) => {
  expect(claimsPaused(text)).toBe(claim);
});
