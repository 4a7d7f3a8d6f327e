// Original file: proto/drover/v1/agent.proto

import type { ObjectEntry as _drover_v1_ObjectEntry, ObjectEntry__Output as _drover_v1_ObjectEntry__Output } from '../../drover/v1/ObjectEntry.ts';
import type { ApplicationPolicy as _drover_v1_ApplicationPolicy, ApplicationPolicy__Output as _drover_v1_ApplicationPolicy__Output } from '../../drover/v1/ApplicationPolicy.ts';

export interface ApplicationBody {
  'name'?: (string);
  'revision'?: (string);
  'objects'?: (_drover_v1_ObjectEntry)[];
  'policy'?: (_drover_v1_ApplicationPolicy | null);
  'dependsOn'?: (string)[];
}

export interface ApplicationBody__Output {
  'name': (string);
  'revision': (string);
  'objects': (_drover_v1_ObjectEntry__Output)[];
  'policy': (_drover_v1_ApplicationPolicy__Output | null);
  'dependsOn': (string)[];
}
