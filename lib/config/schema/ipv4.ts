/** First and last address of a block, as numbers. */
type Block = readonly [first: number, last: number];

export function overlap(left: string, right: string): boolean {
  const [a, b] = [blockOf(left), blockOf(right)];
  return a[0] <= b[1] && b[0] <= a[1];
}

export function inside(inner: string, outer: string): boolean {
  const [a, b] = [blockOf(inner), blockOf(outer)];
  return a[0] >= b[0] && a[1] <= b[1];
}

/** RFC 1918 and the shared address space of RFC 6598: addresses that the internet does not route. */
const privateBlocks = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"];

export function isPrivate(block: string): boolean {
  return privateBlocks.some((outer) => inside(block, outer));
}

function blockOf(cidr: string): Block {
  const [address = "", length = "32"] = cidr.split("/");
  const size = 2 ** (32 - Number(length));
  const number = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const first = Math.floor(number / size) * size;
  return [first, first + size - 1];
}
