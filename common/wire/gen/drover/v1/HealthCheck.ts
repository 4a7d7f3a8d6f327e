// Original file: proto/drover/v1/agent.proto


export interface HealthCheck {
  'group'?: (string);
  'kind'?: (string);
  'inProgress'?: (string);
  'failed'?: (string);
  'current'?: (string);
}

export interface HealthCheck__Output {
  'group': (string);
  'kind': (string);
  'inProgress': (string);
  'failed': (string);
  'current': (string);
}
