import { utils } from "ssh2";

/** Bytes of an OpenSSH ed25519 public key: two lengths of 4, "ssh-ed25519", and the 32 of the key (RFC 8709, section 4). */
const PUBLIC_KEY_BYTES = 4 + 11 + 4 + 32;

/**
 * An ed25519 key pair in OpenSSH's formats. ssh2 1.17.0 strips a public key's leading zero bytes
 * (https://github.com/mscdex/ssh2/issues/1513), so that ssh takes one pair of 256 for damaged: those are made again.
 */
export function sshKeyPair(): { private: string; public: string } {
  const pair = utils.generateKeyPairSync("ed25519");
  const [, key = ""] = pair.public.split(" ");
  return Buffer.from(key, "base64").length === PUBLIC_KEY_BYTES ? pair : sshKeyPair();
}
