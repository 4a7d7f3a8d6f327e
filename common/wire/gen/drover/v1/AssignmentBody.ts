// Original file: proto/drover/v1/agent.proto

import type { ApplicationEntry as _drover_v1_ApplicationEntry, ApplicationEntry__Output as _drover_v1_ApplicationEntry__Output } from '../../drover/v1/ApplicationEntry.ts';
import type { DeleteBudget as _drover_v1_DeleteBudget, DeleteBudget__Output as _drover_v1_DeleteBudget__Output } from '../../drover/v1/DeleteBudget.ts';

export interface AssignmentBody {
  'applications'?: (_drover_v1_ApplicationEntry)[];
  'maxDeletes'?: (_drover_v1_DeleteBudget | null);
}

export interface AssignmentBody__Output {
  'applications': (_drover_v1_ApplicationEntry__Output)[];
  'maxDeletes': (_drover_v1_DeleteBudget__Output | null);
}
