// Original file: proto/drover/v1/agent.proto

import type { ApplicationEntry as _drover_v1_ApplicationEntry, ApplicationEntry__Output as _drover_v1_ApplicationEntry__Output } from '../../drover/v1/ApplicationEntry.ts';

export interface AssignmentBody {
  'applications'?: (_drover_v1_ApplicationEntry)[];
}

export interface AssignmentBody__Output {
  'applications': (_drover_v1_ApplicationEntry__Output)[];
}
