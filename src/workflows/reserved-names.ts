/**
 * Part of the bundle as an interceptor module. A signal whose name begins with the SDK's reserved prefix makes it throw before any handler,
 * so that the workflow task fails again and again: one name typed in Temporal's UI would wedge the run for ever (measured with SDK 1.24).
 * Such a name is changed on its way in; it then is an unknown name like any other, ignored and shown.
 */
import type { WorkflowInterceptorsFactory } from '@temporalio/workflow';

const RESERVED_PREFIX = '__temporal_';

/** Loaded by the SDK under this very name. */
export const interceptors: WorkflowInterceptorsFactory = () => ({
  internals: [
    {
      activate(input, next) {
        for (const { signalWorkflow } of input.activation.jobs ?? []) {
          if (signalWorkflow?.signalName?.startsWith(RESERVED_PREFIX) === true)
            signalWorkflow.signalName = `reserved name ${signalWorkflow.signalName}`;
        }
        next(input);
      },
    },
  ],
});
