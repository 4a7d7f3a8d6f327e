// Original file: proto/drover/v1/agent.proto

import type { WantedDigest as _drover_v1_WantedDigest, WantedDigest__Output as _drover_v1_WantedDigest__Output } from '../../drover/v1/WantedDigest.ts';

export interface Want {
  'digests'?: (_drover_v1_WantedDigest)[];
}

export interface Want__Output {
  'digests': (_drover_v1_WantedDigest__Output)[];
}
