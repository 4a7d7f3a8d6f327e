// Original file: proto/drover/v1/agent.proto

import type { Hello as _drover_v1_Hello, Hello__Output as _drover_v1_Hello__Output } from '../../drover/v1/Hello.ts';
import type { Want as _drover_v1_Want, Want__Output as _drover_v1_Want__Output } from '../../drover/v1/Want.ts';
import type { Ack as _drover_v1_Ack, Ack__Output as _drover_v1_Ack__Output } from '../../drover/v1/Ack.ts';
import type { Report as _drover_v1_Report, Report__Output as _drover_v1_Report__Output } from '../../drover/v1/Report.ts';
import type { Heartbeat as _drover_v1_Heartbeat, Heartbeat__Output as _drover_v1_Heartbeat__Output } from '../../drover/v1/Heartbeat.ts';
import type { CertificateRequest as _drover_v1_CertificateRequest, CertificateRequest__Output as _drover_v1_CertificateRequest__Output } from '../../drover/v1/CertificateRequest.ts';
import type { Answer as _drover_v1_Answer, Answer__Output as _drover_v1_Answer__Output } from '../../drover/v1/Answer.ts';

export interface AgentMessage {
  'hello'?: (_drover_v1_Hello | null);
  'want'?: (_drover_v1_Want | null);
  'ack'?: (_drover_v1_Ack | null);
  'report'?: (_drover_v1_Report | null);
  'heartbeat'?: (_drover_v1_Heartbeat | null);
  'certificateRequest'?: (_drover_v1_CertificateRequest | null);
  'answer'?: (_drover_v1_Answer | null);
  'message'?: "hello"|"want"|"ack"|"report"|"heartbeat"|"certificateRequest"|"answer";
}

export interface AgentMessage__Output {
  'hello'?: (_drover_v1_Hello__Output | null);
  'want'?: (_drover_v1_Want__Output | null);
  'ack'?: (_drover_v1_Ack__Output | null);
  'report'?: (_drover_v1_Report__Output | null);
  'heartbeat'?: (_drover_v1_Heartbeat__Output | null);
  'certificateRequest'?: (_drover_v1_CertificateRequest__Output | null);
  'answer'?: (_drover_v1_Answer__Output | null);
  'message'?: "hello"|"want"|"ack"|"report"|"heartbeat"|"certificateRequest"|"answer";
}
