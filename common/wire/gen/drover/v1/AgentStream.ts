// Original file: proto/drover/v1/agent.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { AgentMessage as _drover_v1_AgentMessage, AgentMessage__Output as _drover_v1_AgentMessage__Output } from '../../drover/v1/AgentMessage.ts';
import type { HubMessage as _drover_v1_HubMessage, HubMessage__Output as _drover_v1_HubMessage__Output } from '../../drover/v1/HubMessage.ts';

export interface AgentStreamClient extends grpc.Client {
  Connect(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_drover_v1_AgentMessage, _drover_v1_HubMessage__Output>;
  Connect(options?: grpc.CallOptions): grpc.ClientDuplexStream<_drover_v1_AgentMessage, _drover_v1_HubMessage__Output>;
  connect(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_drover_v1_AgentMessage, _drover_v1_HubMessage__Output>;
  connect(options?: grpc.CallOptions): grpc.ClientDuplexStream<_drover_v1_AgentMessage, _drover_v1_HubMessage__Output>;
  
}

export interface AgentStreamHandlers extends grpc.UntypedServiceImplementation {
  Connect: grpc.handleBidiStreamingCall<_drover_v1_AgentMessage__Output, _drover_v1_HubMessage>;
  
}

export interface AgentStreamDefinition extends grpc.ServiceDefinition {
  Connect: MethodDefinition<_drover_v1_AgentMessage, _drover_v1_HubMessage, _drover_v1_AgentMessage__Output, _drover_v1_HubMessage__Output>
}
