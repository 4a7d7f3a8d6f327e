// Original file: proto/drover/v1/agent.proto


export interface CertificateRequest {
  'csr'?: (string);
}

export interface CertificateRequest__Output {
  'csr': (string);
}
