// Original file: proto/drover/v1/agent.proto

import type { Welcome as _drover_v1_Welcome, Welcome__Output as _drover_v1_Welcome__Output } from '../../drover/v1/Welcome.ts';
import type { Assignment as _drover_v1_Assignment, Assignment__Output as _drover_v1_Assignment__Output } from '../../drover/v1/Assignment.ts';
import type { Objects as _drover_v1_Objects, Objects__Output as _drover_v1_Objects__Output } from '../../drover/v1/Objects.ts';
import type { Command as _drover_v1_Command, Command__Output as _drover_v1_Command__Output } from '../../drover/v1/Command.ts';
import type { Rotate as _drover_v1_Rotate, Rotate__Output as _drover_v1_Rotate__Output } from '../../drover/v1/Rotate.ts';
import type { ReportAck as _drover_v1_ReportAck, ReportAck__Output as _drover_v1_ReportAck__Output } from '../../drover/v1/ReportAck.ts';

export interface HubMessage {
  'welcome'?: (_drover_v1_Welcome | null);
  'assignment'?: (_drover_v1_Assignment | null);
  'objects'?: (_drover_v1_Objects | null);
  'command'?: (_drover_v1_Command | null);
  'rotate'?: (_drover_v1_Rotate | null);
  'reportAck'?: (_drover_v1_ReportAck | null);
  'message'?: "welcome"|"assignment"|"objects"|"command"|"rotate"|"reportAck";
}

export interface HubMessage__Output {
  'welcome'?: (_drover_v1_Welcome__Output | null);
  'assignment'?: (_drover_v1_Assignment__Output | null);
  'objects'?: (_drover_v1_Objects__Output | null);
  'command'?: (_drover_v1_Command__Output | null);
  'rotate'?: (_drover_v1_Rotate__Output | null);
  'reportAck'?: (_drover_v1_ReportAck__Output | null);
  'message'?: "welcome"|"assignment"|"objects"|"command"|"rotate"|"reportAck";
}
