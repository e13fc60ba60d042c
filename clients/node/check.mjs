// The openai package, unmodified, against a running server: node check.mjs BASE scripted|demo
// Prints "ok NAME" or "FAILED NAME: why" for each check.

import assert from "node:assert/strict";
import OpenAI from "openai";
import { zodResponsesFunction, zodTextFormat } from "openai/helpers/zod";
import { z } from "zod";

const [base] = process.argv.slice(2);
const client = new OpenAI({ baseURL: `${base}/v1`, apiKey: "none", maxRetries: 0 });
const model = (await client.models.list()).data[0].id;
// Temperature 0 makes the demo model's answers repeatable.
const ask = { model, temperature: 0 };
const weather = zodResponsesFunction({
  name: "get_weather",
  description: "Current weather in a city.",
  parameters: z.object({ city: z.string() }),
});

const callOf = (response) => {
  const calls = response.output.filter((item) => item.type === "function_call");
  assert.equal(calls.length, 1, JSON.stringify(response.output));
  return calls[0];
};

const answer = (call) => ({ type: "function_call_output", call_id: call.call_id, output: "18 degrees and sunny" });

const checks = {
  async models() {
    assert.equal((await client.models.retrieve(model)).object, "model");
  },

  async create() {
    const response = await client.responses.create({ ...ask, input: "Hello!" });
    assert.equal(response.status, "completed");
    assert.ok(response.output_text);
    assert.ok(response._request_id);
  },

  async stream() {
    let text = "";
    let last;
    for await (const event of await client.responses.create({ ...ask, input: "Hello!", stream: true })) {
      if (event.type === "response.output_text.delta") text += event.delta;
      last = event;
    }
    assert.equal(last.type, "response.completed");
    assert.ok(text);
  },

  // The strictest accumulator of all: it throws at an unknown event and at every inconsistent id or index.
  async stream_helper() {
    let text = "";
    const stream = client.responses
      .stream({ ...ask, input: "Hello!", reasoning: { effort: "high" } })
      .on("response.output_text.delta", (event) => (text += event.delta));
    const final = await stream.finalResponse();
    assert.equal(final.output_text, text);
    assert.ok(final.output.some((item) => item.type === "reasoning" && item.content[0].text));
  },

  async stream_aborted() {
    const stream = await client.responses.create({ ...ask, input: "Hello!", stream: true });
    for await (const event of stream) if (event.type.endsWith(".delta")) break;
    stream.controller.abort();
  },

  async function_call_with_items() {
    const question = { role: "user", content: "What is the weather in Paris?" };
    const first = await client.responses.parse({ ...ask, input: [question], tools: [weather] });
    const call = callOf(first);
    assert.deepEqual(call.parsed_arguments, { city: "Paris" });
    const items = first.output.map(({ parsed_arguments, ...item }) => item);
    const second = await client.responses.create({ ...ask, input: [question, ...items, answer(call)], tools: [weather] });
    assert.match(second.output_text, /18/);
  },

  async function_call_streamed_and_continued() {
    const stream = client.responses.stream({ ...ask, input: "What is the weather in Paris?", tools: [weather] });
    const first = await stream.finalResponse();
    const second = await client.responses.create({
      ...ask,
      input: [answer(callOf(first))],
      previous_response_id: first.id,
      tools: [weather],
    });
    assert.match(second.output_text, /18/);
  },

  async previous_response() {
    const first = await client.responses.create({ ...ask, input: "My name is Ada." });
    const second = await client.responses.create({ ...ask, input: "What is my name?", previous_response_id: first.id });
    assert.match(second.output_text, /Ada/);
  },

  async parse() {
    const person = z.object({ name: z.string(), age: z.number() });
    const response = await client.responses.parse({
      ...ask,
      input: "Extract the data: Ada, age 36",
      text: { format: zodTextFormat(person, "person") },
    });
    assert.deepEqual(response.output_parsed, { name: "Ada", age: 36 });
  },

  async errors() {
    const error = (more) =>
      client.responses.create({ ...ask, input: "Hello!", ...more }).then(
        () => assert.fail(`no error for ${JSON.stringify(more)}`),
        (error) => error,
      );
    const range = await error({ temperature: 9 });
    assert.ok(range instanceof OpenAI.BadRequestError);
    assert.equal(range.param, "temperature");
    assert.ok(range.requestID);
    assert.ok((await error({ model: "nobody" })) instanceof OpenAI.NotFoundError);
    assert.equal((await error({ previous_response_id: "resp_none" })).code, "previous_response_not_found");
  },
};

let failed = 0;
for (const [name, run] of Object.entries(checks)) {
  try {
    await run();
    console.log(`ok node ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED node ${name}: ${String(error?.message ?? error).replaceAll(/\s+/g, " ").slice(0, 500)}`);
  }
}
process.exit(failed ? 1 : 0);
