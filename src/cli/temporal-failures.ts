/** From the SDK’s errors to the catalogue. */
import { isGrpcServiceError, WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import { HoldfastError } from '../domain/errors.js';

/** Status codes of gRPC that mean: nobody answered, or not in time. */
const UNAVAILABLE = 14;
const DEADLINE_EXCEEDED = 4;
const CANCELLED = 1;
const NOT_FOUND = 5;

/** The error of a call about one workflow id. Errors that are HoldfastErrors already stay. */
export function temporalFailure(error: unknown, workflowId: string): Error {
  if (error instanceof HoldfastError) return error;
  if (error instanceof WorkflowNotFoundError) return new HoldfastError('HF_RUN_NOT_FOUND', '', { run: workflowId }, { cause: error });
  if (error instanceof WorkflowExecutionAlreadyStartedError)
    return new HoldfastError('HF_RUN_EXISTS', '', { run: workflowId }, { cause: error });
  const grpc = grpcError(error);
  if (grpc === undefined) return error instanceof Error ? error : new Error(String(error));
  switch (grpc.code) {
    case UNAVAILABLE:
    case DEADLINE_EXCEEDED:
    case CANCELLED:
      return new HoldfastError(
        'HF_TEMPORAL_UNREACHABLE',
        '',
        {
          run: workflowId,
          why: grpc.code === UNAVAILABLE ? 'no connection' : 'no answer in time; a query and an update also need a worker',
        },
        { cause: error },
      );
    case NOT_FOUND:
      return /namespace/i.test(grpc.details)
        ? new HoldfastError('HF_TEMPORAL_NOT_SET_UP', 'The namespace does not exist.', {}, { cause: error })
        : new HoldfastError('HF_RUN_NOT_FOUND', '', { run: workflowId }, { cause: error });
    default:
      return new HoldfastError('HF_INTERNAL', `Temporal answered with gRPC status ${grpc.code}.`, { run: workflowId }, { cause: error });
  }
}

function grpcError(error: unknown): { readonly code: number; readonly details: string } | undefined {
  if (isGrpcServiceError(error)) return error;
  return error instanceof Error && error.cause !== undefined ? grpcError(error.cause) : undefined;
}
