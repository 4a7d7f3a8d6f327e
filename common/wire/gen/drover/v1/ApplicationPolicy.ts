// Original file: proto/drover/v1/agent.proto


export interface ApplicationPolicy {
  'prune'?: (boolean);
  'driftMode'?: (string);
  'timeoutSeconds'?: (number);
}

export interface ApplicationPolicy__Output {
  'prune': (boolean);
  'driftMode': (string);
  'timeoutSeconds': (number);
}
