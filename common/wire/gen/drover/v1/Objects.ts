// Original file: proto/drover/v1/agent.proto

import type { Chunk as _drover_v1_Chunk, Chunk__Output as _drover_v1_Chunk__Output } from '../../drover/v1/Chunk.ts';

export interface Objects {
  'chunks'?: (_drover_v1_Chunk)[];
}

export interface Objects__Output {
  'chunks': (_drover_v1_Chunk__Output)[];
}
