/**
 * Who of the members owns a key: the one whose hash with the key is highest. When a member comes or goes only its own keys
 * move, and everyone who knows the same members agrees without asking.
 */
export function rendezvousOwner(key: string, members: readonly string[]): string | undefined {
  const keyHash = fnv1a(key);
  let best: string | undefined;
  let bestScore = -1;
  for (const member of members) {
    const score = mix(keyHash ^ mix(fnv1a(member)));
    if (score > bestScore || (score === bestScore && best !== undefined && member < best)) {
      best = member;
      bestScore = score;
    }
  }
  return best;
}

/** FNV-1a, 32 bits, over UTF-16 units. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

/** A bijection of 32 bits in which every bit of the input changes half of the output's: xor-shift and multiply, twice. */
function mix(value: number): number {
  let mixed = value >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
