// Original file: proto/drover/v1/agent.proto


export interface ListEvents {
  'environment'?: (string);
  'application'?: (string);
}

export interface ListEvents__Output {
  'environment': (string);
  'application': (string);
}
