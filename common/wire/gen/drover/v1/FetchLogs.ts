// Original file: proto/drover/v1/agent.proto


export interface FetchLogs {
  'environment'?: (string);
  'application'?: (string);
  'target'?: (string);
  'container'?: (string);
  'follow'?: (boolean);
  'previous'?: (boolean);
  'tail'?: (number);
  'sinceSeconds'?: (number);
}

export interface FetchLogs__Output {
  'environment': (string);
  'application': (string);
  'target': (string);
  'container': (string);
  'follow': (boolean);
  'previous': (boolean);
  'tail': (number);
  'sinceSeconds': (number);
}
