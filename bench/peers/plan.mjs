// Expand, CID and key of a manifest's first points, as a script in Node would:
//     node bench/peers/plan.mjs MANIFEST COUNT [print]
// The manifest is that of bench/plan.py: lists, the last the fastest, and a
// market's address. Prints the last key, or with `print` all CIDs and keys.
import { createHash, hash } from "node:crypto";
import { readFileSync } from "node:fs";

const [, , path, count, print] = process.argv;
const entry = JSON.parse(readFileSync(path, "utf8"));
const BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";

// One call where this Node has it (20.12): twice as fast as an object each.
const sha256 = hash
  ? (bytes) => hash("sha256", bytes, "buffer")
  : (bytes) => createHash("sha256").update(bytes).digest();

function base58(bytes) {
  let number = BigInt("0x" + bytes.toString("hex"));
  let text = "";
  for (; number > 0n; number /= 58n) text = BASE58[Number(number % 58n)] + text;
  return text;
}

function base58Bytes(text) {
  let number = 0n;
  for (const digit of text) number = number * 58n + BigInt(BASE58.indexOf(digit));
  return Buffer.from(number.toString(16).padStart(64, "0"), "hex");
}

function base32(bytes) {
  let text = "", bits = 0, hold = 0;
  for (const byte of bytes) {
    hold = ((hold << 8) | byte) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) text += BASE32[(hold >> (bits - 5)) & 31];
  }
  return text + BASE32[(hold << (5 - bits)) & 31];
}

const varint = (n) => (n < 128 ? [n] : [(n & 127) | 128, ...varint(n >> 7)]);

// The node of a file of one block, hashed.
function cidDigest(content) {
  const size = varint(content.length);
  const inner = 4 + 2 * size.length + content.length;
  return sha256(Buffer.concat([
    Buffer.from([0x0a, ...varint(inner), 8, 2, 0x12, ...size]),
    content, Buffer.from([0x18, ...size])]));
}

const market = base58Bytes(entry.market);
const keyed = Buffer.alloc(116);
keyed.write("nbk1", "latin1");
market.copy(keyed, 36);
keyed.writeBigUInt64BE(3600n, 68);

const { lr, decay, seed } = entry.params;
const args = entry.definition.ops[0].args;
const command = args.cmd;
let left = Number(count), key;
all: for (const rate of lr)
  for (const weight of decay)
    for (const start of seed) {
      if (left-- === 0) break all;
      args.cmd = command.replace("${{ lr }}", rate)
        .replace("${{ decay }}", weight).replace("${{ seed }}", start);
      const digest = cidDigest(Buffer.from(JSON.stringify(entry.definition)));
      digest.copy(keyed, 4);
      key = sha256(keyed).subarray(0, 16);
      if (print)
        console.log(base58(Buffer.concat([Buffer.from([0x12, 0x20]), digest])),
                    base32(key));
    }
if (!print) console.log(base32(key));
