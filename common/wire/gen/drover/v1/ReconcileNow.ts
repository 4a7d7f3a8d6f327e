// Original file: proto/drover/v1/agent.proto


export interface ReconcileNow {
  'environment'?: (string);
}

export interface ReconcileNow__Output {
  'environment': (string);
}
