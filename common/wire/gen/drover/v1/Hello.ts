// Original file: proto/drover/v1/agent.proto

import type { Held as _drover_v1_Held, Held__Output as _drover_v1_Held__Output } from '../../drover/v1/Held.ts';

export interface Hello {
  'cluster'?: (string);
  'clusterUid'?: (string);
  'agentVersion'?: (string);
  'kubernetesVersion'?: (string);
  'capabilities'?: (string)[];
  'epoch'?: (string);
  'held'?: (_drover_v1_Held)[];
  'reportLog'?: (string);
}

export interface Hello__Output {
  'cluster': (string);
  'clusterUid': (string);
  'agentVersion': (string);
  'kubernetesVersion': (string);
  'capabilities': (string)[];
  'epoch': (string);
  'held': (_drover_v1_Held__Output)[];
  'reportLog': (string);
}
