import { dataOf, type GraphqlResponse, type Operation, post, RequestError } from "./client.ts";
import { GatewayUnreachableError, reportUnreachable } from "./connection.ts";

// The gateway sends a comment every 12 s (graphql-yoga's default); three missed ones mean that the network swallowed the connection.
const SILENCE_MS = 40_000;

interface ServerEvent {
  readonly name: string;
  readonly data: string;
}

function parseEvent(block: string): ServerEvent {
  let name = "message";
  const data: string[] = [];
  for (const line of block.split("\n")) {
    if (line.startsWith("event:")) name = line.slice(6).trim();
    else if (line.startsWith("data:")) data.push(line.slice(5).trimStart());
  }
  return { name, data: data.join("\n") };
}

async function readOrGiveUp(reader: ReadableStreamDefaultReader<string>): Promise<ReadableStreamReadResult<string>> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing received for ${SILENCE_MS / 1000} s`)), SILENCE_MS);
  });
  try {
    return await Promise.race([reader.read(), silence]);
  } finally {
    clearTimeout(timer);
  }
}

async function* events(body: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<ServerEvent> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let pending = "";
  try {
    while (true) {
      const { done, value } = await readOrGiveUp(reader);
      if (done) return;
      pending += value.replaceAll("\r\n", "\n");
      const blocks = pending.split("\n\n");
      pending = blocks.pop() ?? "";
      for (const block of blocks) yield parseEvent(block);
    }
  } finally {
    void reader.cancel().catch(() => {});
  }
}

/**
 * Follows a subscription over server-sent events (GraphQL over SSE, "distinct connections") until the gateway completes it.
 *
 * @throws GatewayUnreachableError when the stream breaks off before its end; RequestError when the subscription is refused.
 */
export async function* subscribe<Result, Variables>(
  operation: Operation<Result, Variables>,
  variables: Variables,
  signal: AbortSignal,
): AsyncGenerator<Result> {
  const response = await post(operation, variables, "text/event-stream", signal);
  if (response.body === null || !response.headers.get("content-type")?.startsWith("text/event-stream"))
    throw new RequestError([{ message: `The gateway refused the subscription with status ${response.status}.` }]);
  try {
    for await (const event of events(response.body)) {
      if (event.name === "complete") return;
      if (event.name === "next") yield dataOf(JSON.parse(event.data) as GraphqlResponse<Result>);
    }
  } catch (error) {
    if (signal.aborted || error instanceof RequestError) throw error;
    reportUnreachable();
    throw new GatewayUnreachableError({ cause: error });
  }
  reportUnreachable();
  throw new GatewayUnreachableError();
}
