// Original file: proto/drover/v1/agent.proto

import type { ReconcileNow as _drover_v1_ReconcileNow, ReconcileNow__Output as _drover_v1_ReconcileNow__Output } from '../../drover/v1/ReconcileNow.ts';
import type { ShowObject as _drover_v1_ShowObject, ShowObject__Output as _drover_v1_ShowObject__Output } from '../../drover/v1/ShowObject.ts';
import type { DryRun as _drover_v1_DryRun, DryRun__Output as _drover_v1_DryRun__Output } from '../../drover/v1/DryRun.ts';
import type { FetchLogs as _drover_v1_FetchLogs, FetchLogs__Output as _drover_v1_FetchLogs__Output } from '../../drover/v1/FetchLogs.ts';
import type { ListEvents as _drover_v1_ListEvents, ListEvents__Output as _drover_v1_ListEvents__Output } from '../../drover/v1/ListEvents.ts';
import type { Grant as _drover_v1_Grant, Grant__Output as _drover_v1_Grant__Output } from '../../drover/v1/Grant.ts';
import type { Cancel as _drover_v1_Cancel, Cancel__Output as _drover_v1_Cancel__Output } from '../../drover/v1/Cancel.ts';
import type { RunJob as _drover_v1_RunJob, RunJob__Output as _drover_v1_RunJob__Output } from '../../drover/v1/RunJob.ts';

export interface Command {
  'id'?: (string);
  'reconcileNow'?: (_drover_v1_ReconcileNow | null);
  'showObject'?: (_drover_v1_ShowObject | null);
  'dryRun'?: (_drover_v1_DryRun | null);
  'fetchLogs'?: (_drover_v1_FetchLogs | null);
  'listEvents'?: (_drover_v1_ListEvents | null);
  'grant'?: (_drover_v1_Grant | null);
  'cancel'?: (_drover_v1_Cancel | null);
  'pieces'?: (number);
  'runJob'?: (_drover_v1_RunJob | null);
  'command'?: "reconcileNow"|"showObject"|"dryRun"|"fetchLogs"|"listEvents"|"grant"|"cancel"|"runJob";
}

export interface Command__Output {
  'id': (string);
  'reconcileNow'?: (_drover_v1_ReconcileNow__Output | null);
  'showObject'?: (_drover_v1_ShowObject__Output | null);
  'dryRun'?: (_drover_v1_DryRun__Output | null);
  'fetchLogs'?: (_drover_v1_FetchLogs__Output | null);
  'listEvents'?: (_drover_v1_ListEvents__Output | null);
  'grant'?: (_drover_v1_Grant__Output | null);
  'cancel'?: (_drover_v1_Cancel__Output | null);
  'pieces': (number);
  'runJob'?: (_drover_v1_RunJob__Output | null);
  'command'?: "reconcileNow"|"showObject"|"dryRun"|"fetchLogs"|"listEvents"|"grant"|"cancel"|"runJob";
}
