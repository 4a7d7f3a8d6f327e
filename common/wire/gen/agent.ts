import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { Ack as _drover_v1_Ack, Ack__Output as _drover_v1_Ack__Output } from './drover/v1/Ack.ts';
import type { AgentMessage as _drover_v1_AgentMessage, AgentMessage__Output as _drover_v1_AgentMessage__Output } from './drover/v1/AgentMessage.ts';
import type { AgentStreamClient as _drover_v1_AgentStreamClient, AgentStreamDefinition as _drover_v1_AgentStreamDefinition } from './drover/v1/AgentStream.ts';
import type { Answer as _drover_v1_Answer, Answer__Output as _drover_v1_Answer__Output } from './drover/v1/Answer.ts';
import type { ApplicationBody as _drover_v1_ApplicationBody, ApplicationBody__Output as _drover_v1_ApplicationBody__Output } from './drover/v1/ApplicationBody.ts';
import type { ApplicationEntry as _drover_v1_ApplicationEntry, ApplicationEntry__Output as _drover_v1_ApplicationEntry__Output } from './drover/v1/ApplicationEntry.ts';
import type { ApplicationPolicy as _drover_v1_ApplicationPolicy, ApplicationPolicy__Output as _drover_v1_ApplicationPolicy__Output } from './drover/v1/ApplicationPolicy.ts';
import type { Assignment as _drover_v1_Assignment, Assignment__Output as _drover_v1_Assignment__Output } from './drover/v1/Assignment.ts';
import type { AssignmentBody as _drover_v1_AssignmentBody, AssignmentBody__Output as _drover_v1_AssignmentBody__Output } from './drover/v1/AssignmentBody.ts';
import type { AssignmentHeader as _drover_v1_AssignmentHeader, AssignmentHeader__Output as _drover_v1_AssignmentHeader__Output } from './drover/v1/AssignmentHeader.ts';
import type { Cancel as _drover_v1_Cancel, Cancel__Output as _drover_v1_Cancel__Output } from './drover/v1/Cancel.ts';
import type { CertificateRequest as _drover_v1_CertificateRequest, CertificateRequest__Output as _drover_v1_CertificateRequest__Output } from './drover/v1/CertificateRequest.ts';
import type { Chunk as _drover_v1_Chunk, Chunk__Output as _drover_v1_Chunk__Output } from './drover/v1/Chunk.ts';
import type { Command as _drover_v1_Command, Command__Output as _drover_v1_Command__Output } from './drover/v1/Command.ts';
import type { ConfirmedPrune as _drover_v1_ConfirmedPrune, ConfirmedPrune__Output as _drover_v1_ConfirmedPrune__Output } from './drover/v1/ConfirmedPrune.ts';
import type { DeleteBudget as _drover_v1_DeleteBudget, DeleteBudget__Output as _drover_v1_DeleteBudget__Output } from './drover/v1/DeleteBudget.ts';
import type { DriftRule as _drover_v1_DriftRule, DriftRule__Output as _drover_v1_DriftRule__Output } from './drover/v1/DriftRule.ts';
import type { DryRun as _drover_v1_DryRun, DryRun__Output as _drover_v1_DryRun__Output } from './drover/v1/DryRun.ts';
import type { FetchLogs as _drover_v1_FetchLogs, FetchLogs__Output as _drover_v1_FetchLogs__Output } from './drover/v1/FetchLogs.ts';
import type { Grant as _drover_v1_Grant, Grant__Output as _drover_v1_Grant__Output } from './drover/v1/Grant.ts';
import type { HealthCheck as _drover_v1_HealthCheck, HealthCheck__Output as _drover_v1_HealthCheck__Output } from './drover/v1/HealthCheck.ts';
import type { Heartbeat as _drover_v1_Heartbeat, Heartbeat__Output as _drover_v1_Heartbeat__Output } from './drover/v1/Heartbeat.ts';
import type { Held as _drover_v1_Held, Held__Output as _drover_v1_Held__Output } from './drover/v1/Held.ts';
import type { Hello as _drover_v1_Hello, Hello__Output as _drover_v1_Hello__Output } from './drover/v1/Hello.ts';
import type { Hook as _drover_v1_Hook, Hook__Output as _drover_v1_Hook__Output } from './drover/v1/Hook.ts';
import type { HookMoment as _drover_v1_HookMoment, HookMoment__Output as _drover_v1_HookMoment__Output } from './drover/v1/HookMoment.ts';
import type { HubMessage as _drover_v1_HubMessage, HubMessage__Output as _drover_v1_HubMessage__Output } from './drover/v1/HubMessage.ts';
import type { JobOrder as _drover_v1_JobOrder, JobOrder__Output as _drover_v1_JobOrder__Output } from './drover/v1/JobOrder.ts';
import type { ListEvents as _drover_v1_ListEvents, ListEvents__Output as _drover_v1_ListEvents__Output } from './drover/v1/ListEvents.ts';
import type { ObjectEntry as _drover_v1_ObjectEntry, ObjectEntry__Output as _drover_v1_ObjectEntry__Output } from './drover/v1/ObjectEntry.ts';
import type { Objects as _drover_v1_Objects, Objects__Output as _drover_v1_Objects__Output } from './drover/v1/Objects.ts';
import type { ReconcileNow as _drover_v1_ReconcileNow, ReconcileNow__Output as _drover_v1_ReconcileNow__Output } from './drover/v1/ReconcileNow.ts';
import type { Report as _drover_v1_Report, Report__Output as _drover_v1_Report__Output } from './drover/v1/Report.ts';
import type { ReportAck as _drover_v1_ReportAck, ReportAck__Output as _drover_v1_ReportAck__Output } from './drover/v1/ReportAck.ts';
import type { ReportEntry as _drover_v1_ReportEntry, ReportEntry__Output as _drover_v1_ReportEntry__Output } from './drover/v1/ReportEntry.ts';
import type { Rotate as _drover_v1_Rotate, Rotate__Output as _drover_v1_Rotate__Output } from './drover/v1/Rotate.ts';
import type { RunJob as _drover_v1_RunJob, RunJob__Output as _drover_v1_RunJob__Output } from './drover/v1/RunJob.ts';
import type { ShowObject as _drover_v1_ShowObject, ShowObject__Output as _drover_v1_ShowObject__Output } from './drover/v1/ShowObject.ts';
import type { Want as _drover_v1_Want, Want__Output as _drover_v1_Want__Output } from './drover/v1/Want.ts';
import type { WantedDigest as _drover_v1_WantedDigest, WantedDigest__Output as _drover_v1_WantedDigest__Output } from './drover/v1/WantedDigest.ts';
import type { Welcome as _drover_v1_Welcome, Welcome__Output as _drover_v1_Welcome__Output } from './drover/v1/Welcome.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  drover: {
    v1: {
      Ack: MessageTypeDefinition<_drover_v1_Ack, _drover_v1_Ack__Output>
      AgentMessage: MessageTypeDefinition<_drover_v1_AgentMessage, _drover_v1_AgentMessage__Output>
      AgentStream: SubtypeConstructor<typeof grpc.Client, _drover_v1_AgentStreamClient> & { service: _drover_v1_AgentStreamDefinition }
      Answer: MessageTypeDefinition<_drover_v1_Answer, _drover_v1_Answer__Output>
      ApplicationBody: MessageTypeDefinition<_drover_v1_ApplicationBody, _drover_v1_ApplicationBody__Output>
      ApplicationEntry: MessageTypeDefinition<_drover_v1_ApplicationEntry, _drover_v1_ApplicationEntry__Output>
      ApplicationPolicy: MessageTypeDefinition<_drover_v1_ApplicationPolicy, _drover_v1_ApplicationPolicy__Output>
      Assignment: MessageTypeDefinition<_drover_v1_Assignment, _drover_v1_Assignment__Output>
      AssignmentBody: MessageTypeDefinition<_drover_v1_AssignmentBody, _drover_v1_AssignmentBody__Output>
      AssignmentHeader: MessageTypeDefinition<_drover_v1_AssignmentHeader, _drover_v1_AssignmentHeader__Output>
      Cancel: MessageTypeDefinition<_drover_v1_Cancel, _drover_v1_Cancel__Output>
      CertificateRequest: MessageTypeDefinition<_drover_v1_CertificateRequest, _drover_v1_CertificateRequest__Output>
      Chunk: MessageTypeDefinition<_drover_v1_Chunk, _drover_v1_Chunk__Output>
      Command: MessageTypeDefinition<_drover_v1_Command, _drover_v1_Command__Output>
      ConfirmedPrune: MessageTypeDefinition<_drover_v1_ConfirmedPrune, _drover_v1_ConfirmedPrune__Output>
      DeleteBudget: MessageTypeDefinition<_drover_v1_DeleteBudget, _drover_v1_DeleteBudget__Output>
      DriftRule: MessageTypeDefinition<_drover_v1_DriftRule, _drover_v1_DriftRule__Output>
      DryRun: MessageTypeDefinition<_drover_v1_DryRun, _drover_v1_DryRun__Output>
      FetchLogs: MessageTypeDefinition<_drover_v1_FetchLogs, _drover_v1_FetchLogs__Output>
      Grant: MessageTypeDefinition<_drover_v1_Grant, _drover_v1_Grant__Output>
      HealthCheck: MessageTypeDefinition<_drover_v1_HealthCheck, _drover_v1_HealthCheck__Output>
      Heartbeat: MessageTypeDefinition<_drover_v1_Heartbeat, _drover_v1_Heartbeat__Output>
      Held: MessageTypeDefinition<_drover_v1_Held, _drover_v1_Held__Output>
      Hello: MessageTypeDefinition<_drover_v1_Hello, _drover_v1_Hello__Output>
      Hook: MessageTypeDefinition<_drover_v1_Hook, _drover_v1_Hook__Output>
      HookMoment: MessageTypeDefinition<_drover_v1_HookMoment, _drover_v1_HookMoment__Output>
      HubMessage: MessageTypeDefinition<_drover_v1_HubMessage, _drover_v1_HubMessage__Output>
      JobOrder: MessageTypeDefinition<_drover_v1_JobOrder, _drover_v1_JobOrder__Output>
      ListEvents: MessageTypeDefinition<_drover_v1_ListEvents, _drover_v1_ListEvents__Output>
      ObjectEntry: MessageTypeDefinition<_drover_v1_ObjectEntry, _drover_v1_ObjectEntry__Output>
      Objects: MessageTypeDefinition<_drover_v1_Objects, _drover_v1_Objects__Output>
      ReconcileNow: MessageTypeDefinition<_drover_v1_ReconcileNow, _drover_v1_ReconcileNow__Output>
      Report: MessageTypeDefinition<_drover_v1_Report, _drover_v1_Report__Output>
      ReportAck: MessageTypeDefinition<_drover_v1_ReportAck, _drover_v1_ReportAck__Output>
      ReportEntry: MessageTypeDefinition<_drover_v1_ReportEntry, _drover_v1_ReportEntry__Output>
      Rotate: MessageTypeDefinition<_drover_v1_Rotate, _drover_v1_Rotate__Output>
      RunJob: MessageTypeDefinition<_drover_v1_RunJob, _drover_v1_RunJob__Output>
      ShowObject: MessageTypeDefinition<_drover_v1_ShowObject, _drover_v1_ShowObject__Output>
      Want: MessageTypeDefinition<_drover_v1_Want, _drover_v1_Want__Output>
      WantedDigest: MessageTypeDefinition<_drover_v1_WantedDigest, _drover_v1_WantedDigest__Output>
      Welcome: MessageTypeDefinition<_drover_v1_Welcome, _drover_v1_Welcome__Output>
    }
  }
}

