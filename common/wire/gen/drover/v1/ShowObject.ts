// Original file: proto/drover/v1/agent.proto


export interface ShowObject {
  'environment'?: (string);
  'group'?: (string);
  'kind'?: (string);
  'namespace'?: (string);
  'name'?: (string);
  'managedFields'?: (boolean);
}

export interface ShowObject__Output {
  'environment': (string);
  'group': (string);
  'kind': (string);
  'namespace': (string);
  'name': (string);
  'managedFields': (boolean);
}
