import type { Commit, Revision } from "../ports.ts";

/** Says which commit a tree was rendered from. Equal commits have equal text. */
export function metadataText({ revision, author, message }: Commit): string {
  const [subject = "", ...rest] = message.split("\n");
  const body = rest.join("\n").trim();
  const metadata = {
    drySha: revision,
    author: `${author.name} <${author.email}>`,
    date: author.at,
    subject,
    ...(body === "" ? {} : { body }),
  };
  return `${JSON.stringify(metadata, undefined, 2)}\n`;
}

/** The commit that it says; undefined for what is no such text. */
export function sourceIn(text: string): Revision | undefined {
  try {
    const { drySha } = JSON.parse(text) as { drySha?: unknown };
    return typeof drySha === "string" && /^[0-9a-f]{40}$/.test(drySha) ? drySha : undefined;
  } catch {
    return undefined;
  }
}
