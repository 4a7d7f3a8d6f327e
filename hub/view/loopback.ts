/** True for an address of this machine's loopback, IPv4, IPv6 or IPv4 written as IPv6; false when it is not known. */
export function isLoopback(address: string | undefined): boolean {
  return address === "::1" || /^(::ffff:)?127([.]\d{1,3}){3}$/i.test(address ?? "");
}
