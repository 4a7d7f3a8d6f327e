// Original file: proto/drover/v1/agent.proto

import type { HookMoment as _drover_v1_HookMoment, HookMoment__Output as _drover_v1_HookMoment__Output } from '../../drover/v1/HookMoment.ts';

export interface Hook {
  'moments'?: (_drover_v1_HookMoment)[];
  'deletePolicies'?: (string)[];
  'timeoutSeconds'?: (number);
}

export interface Hook__Output {
  'moments': (_drover_v1_HookMoment__Output)[];
  'deletePolicies': (string)[];
  'timeoutSeconds': (number);
}
