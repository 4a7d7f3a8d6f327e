// Original file: proto/drover/v1/agent.proto


export interface ConfirmedPrune {
  'application'?: (string);
  'digest'?: (string);
}

export interface ConfirmedPrune__Output {
  'application': (string);
  'digest': (string);
}
