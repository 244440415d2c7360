/** The server answered with GraphQL errors. */
export class GraphQLRequestError extends Error {
  readonly errors: readonly GraphQLFailure[];

  constructor(errors: readonly GraphQLFailure[]) {
    super(errors.map(({ message }) => message).join("; "));
    this.name = "GraphQLRequestError";
    this.errors = errors;
  }
}

export interface GraphQLFailure {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: Readonly<Record<string, unknown>>;
}

type Variables = Readonly<Record<string, unknown>>;

interface Answer<Data> {
  readonly data?: Data | null;
  readonly errors?: readonly GraphQLFailure[];
}

/** Talks to one gateway as any other client would: GraphQL over HTTP, subscriptions as server-sent events. */
export class GraphQLClient {
  readonly #endpoint: string;
  readonly #headers: Readonly<Record<string, string>>;

  /** @param url where the gateway is: `"http://127.0.0.1:4000"`. @param token sent with every request. */
  constructor(url: string, token?: string) {
    this.#endpoint = `${url}/graphql`;
    this.#headers = {
      "content-type": "application/json",
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
  }

  /** Executes a query or mutation. @throws GraphQLRequestError. */
  async request<Data>(query: string, variables: Variables = {}): Promise<Data> {
    const response = await this.#post(query, variables, "application/json");
    return unwrap<Data>((await response.json()) as Answer<Data>);
  }

  /** Follows a subscription until the server ends it or the caller stops iterating. @throws GraphQLRequestError. */
  async *subscribe<Data>(query: string, variables: Variables = {}): AsyncGenerator<Data, void> {
    const stop = new AbortController();
    const response = await this.#post(query, variables, "text/event-stream", stop.signal);
    try {
      for await (const { event, data } of serverSentEvents(response.body!)) {
        if (event === "complete") return;
        if (event === "next") yield unwrap<Data>(JSON.parse(data));
      }
    } finally {
      stop.abort();
    }
  }

  async #post(query: string, variables: Variables, accept: string, signal?: AbortSignal): Promise<Response> {
    return await fetch(this.#endpoint, {
      method: "POST",
      headers: { ...this.#headers, accept },
      body: JSON.stringify({ query, variables }),
      ...(signal && { signal }),
    });
  }
}

function unwrap<Data>({ data, errors }: Answer<Data>): Data {
  if (errors) throw new GraphQLRequestError(errors);
  return data!;
}

/** Source: HTML Living Standard, section "Server-sent events", for what this server sends: single-line fields, LF line ends. */
async function* serverSentEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<{ event: string; data: string }> {
  let received = "";
  const decoder = new TextDecoder();
  for await (const bytes of body) {
    received += decoder.decode(bytes, { stream: true });
    const blocks = received.split("\n\n");
    received = blocks.pop()!;
    for (const block of blocks) {
      const field = (name: string) => new RegExp(`^${name}: ?(.*)$`, "m").exec(block)?.[1];
      const event = field("event");
      if (event !== undefined) yield { event, data: field("data") ?? "" };
    }
  }
}
