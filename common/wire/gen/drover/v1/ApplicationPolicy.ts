// Original file: proto/drover/v1/agent.proto

import type { HealthCheck as _drover_v1_HealthCheck, HealthCheck__Output as _drover_v1_HealthCheck__Output } from '../../drover/v1/HealthCheck.ts';

export interface ApplicationPolicy {
  'prune'?: (boolean);
  'driftMode'?: (string);
  'timeoutSeconds'?: (number);
  'health'?: (_drover_v1_HealthCheck)[];
}

export interface ApplicationPolicy__Output {
  'prune': (boolean);
  'driftMode': (string);
  'timeoutSeconds': (number);
  'health': (_drover_v1_HealthCheck__Output)[];
}
