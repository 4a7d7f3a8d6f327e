import type { TLSSocket } from "node:tls";

export const hungUp =
  "the client hung up during the TLS handshake; if it is an agent, it does not trust this hub's CA: did it join another hub?";

/** Why a handshake failed, in words; undefined when the client hung up. */
export function refusalOfHandshake(error: Error & { code?: string }): string | undefined {
  switch (error.code) {
    case "ECONNRESET":
      return undefined;
    case "ERR_SSL_WRONG_VERSION_NUMBER":
    case "ERR_SSL_HTTP_REQUEST":
    case "ERR_SSL_PACKET_LENGTH_TOO_LONG":
    case "ERR_SSL_UNEXPECTED_MESSAGE":
      return "the client does not speak TLS; agents must use TLS 1.3";
    case "ERR_SSL_UNSUPPORTED_PROTOCOL":
      return "the client speaks an older TLS; agents must use TLS 1.3";
    case "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA":
    case "ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN":
    case "ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_UNKNOWN":
      return "the client does not trust this hub's CA; did it join another hub?";
    case "ERR_SSL_NO_APPLICATION_PROTOCOL":
    case "ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL":
      return "the client does not speak HTTP/2, so it is no agent";
    case "ERR_TLS_HANDSHAKE_TIMEOUT":
      return "the TLS handshake took too long";
    default:
      return `the TLS handshake failed: ${error.message}`;
  }
}

/** Why a client with a finished handshake is not let in; undefined when it is. */
export function refusalOfClient(socket: TLSSocket): string | undefined {
  if (!socket.authorized) {
    const certificate = socket.getPeerCertificate();
    // Empty when the client presented none; the types do not say so.
    if ((certificate.raw as Buffer | undefined) === undefined) return "the client presented no certificate";
    const name = `its certificate (${certificate.subjectaltname ?? "without a name"})`;
    // Node types this as Error; it is the code as text.
    const code = String(socket.authorizationError);
    return code === "CERT_HAS_EXPIRED"
      ? `${name} ended at ${certificate.valid_to}; the cluster must join again`
      : `${name} was not issued by this hub's CA: ${code}`;
  }
  return socket.alpnProtocol === "h2" ? undefined : "the client does not speak HTTP/2, so it is no agent";
}
