// Original file: proto/drover/v1/agent.proto


export interface DriftRule {
  'group'?: (string);
  'kind'?: (string);
  'namespace'?: (string);
  'name'?: (string);
  'paths'?: (string)[];
  'managers'?: (string)[];
}

export interface DriftRule__Output {
  'group': (string);
  'kind': (string);
  'namespace': (string);
  'name': (string);
  'paths': (string)[];
  'managers': (string)[];
}
