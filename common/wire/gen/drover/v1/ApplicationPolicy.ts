// Original file: proto/drover/v1/agent.proto

import type { HealthCheck as _drover_v1_HealthCheck, HealthCheck__Output as _drover_v1_HealthCheck__Output } from '../../drover/v1/HealthCheck.ts';
import type { DriftRule as _drover_v1_DriftRule, DriftRule__Output as _drover_v1_DriftRule__Output } from '../../drover/v1/DriftRule.ts';
import type { DeleteBudget as _drover_v1_DeleteBudget, DeleteBudget__Output as _drover_v1_DeleteBudget__Output } from '../../drover/v1/DeleteBudget.ts';

export interface ApplicationPolicy {
  'prune'?: (boolean);
  'driftMode'?: (string);
  'timeoutSeconds'?: (number);
  'health'?: (_drover_v1_HealthCheck)[];
  'driftIgnore'?: (_drover_v1_DriftRule)[];
  'driftStrict'?: (boolean);
  'takeover'?: (string)[];
  'adopt'?: (string);
  'recreate'?: (boolean);
  'deletion'?: (string);
  'maxDeletes'?: (_drover_v1_DeleteBudget | null);
  'serviceAccount'?: (string);
  'namespacedOnly'?: (boolean);
}

export interface ApplicationPolicy__Output {
  'prune': (boolean);
  'driftMode': (string);
  'timeoutSeconds': (number);
  'health': (_drover_v1_HealthCheck__Output)[];
  'driftIgnore': (_drover_v1_DriftRule__Output)[];
  'driftStrict': (boolean);
  'takeover': (string)[];
  'adopt': (string);
  'recreate': (boolean);
  'deletion': (string);
  'maxDeletes': (_drover_v1_DeleteBudget__Output | null);
  'serviceAccount': (string);
  'namespacedOnly': (boolean);
}
