// Original file: proto/drover/v1/agent.proto


export interface DryRun {
  'environment'?: (string);
  'digest'?: (string);
  'applications'?: (string)[];
}

export interface DryRun__Output {
  'environment': (string);
  'digest': (string);
  'applications': (string)[];
}
