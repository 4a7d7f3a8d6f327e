// Original file: proto/drover/v1/agent.proto


export interface ObjectEntry {
  'apiVersion'?: (string);
  'kind'?: (string);
  'namespace'?: (string);
  'name'?: (string);
  'digest'?: (string);
  'source'?: (string);
  'apply'?: (string);
  'adopt'?: (string);
  'recreate'?: (string);
}

export interface ObjectEntry__Output {
  'apiVersion': (string);
  'kind': (string);
  'namespace': (string);
  'name': (string);
  'digest': (string);
  'source': (string);
  'apply': (string);
  'adopt': (string);
  'recreate': (string);
}
