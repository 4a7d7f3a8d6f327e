// Original file: proto/drover/v1/agent.proto

import type { Hook as _drover_v1_Hook, Hook__Output as _drover_v1_Hook__Output } from '../../drover/v1/Hook.ts';

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
  'wave'?: (number);
  'hook'?: (_drover_v1_Hook | null);
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
  'wave': (number);
  'hook': (_drover_v1_Hook__Output | null);
}
