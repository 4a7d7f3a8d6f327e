// Original file: proto/drover/v1/agent.proto

import type { ReconcileNow as _drover_v1_ReconcileNow, ReconcileNow__Output as _drover_v1_ReconcileNow__Output } from '../../drover/v1/ReconcileNow.ts';

export interface Command {
  'id'?: (string);
  'reconcileNow'?: (_drover_v1_ReconcileNow | null);
  'command'?: "reconcileNow";
}

export interface Command__Output {
  'id': (string);
  'reconcileNow'?: (_drover_v1_ReconcileNow__Output | null);
  'command'?: "reconcileNow";
}
