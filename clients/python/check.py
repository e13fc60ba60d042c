"""The openai package, unmodified, against a running server: check.py BASE scripted|demo

Prints "ok NAME" or "FAILED NAME: why" for each check.
"""

import sys
import traceback

import openai
from pydantic import BaseModel

BASE, ENGINE = sys.argv[1], sys.argv[2]
CLIENT = openai.OpenAI(base_url=f"{BASE}/v1", api_key="none", max_retries=0)
MODEL = CLIENT.models.list().data[0].id
# Temperature 0 makes the demo model's answers repeatable.
ASK = {"model": MODEL, "temperature": 0}
WEATHER = {
    "type": "function",
    "name": "get_weather",
    "description": "Current weather in a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    "strict": False,
}
CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


def call_of(response):
    calls = [item for item in response.output if item.type == "function_call"]
    assert len(calls) == 1, response.output
    return calls[0]


@check
def models():
    assert CLIENT.models.retrieve(MODEL).object == "model"


@check
def create():
    response = CLIENT.responses.create(input="Hello!", **ASK)
    assert response.status == "completed"
    assert response.output_text
    assert response.usage.total_tokens == response.usage.input_tokens + response.usage.output_tokens
    assert response._request_id


@check
def reasoning():
    response = CLIENT.responses.create(input="Hello!", reasoning={"effort": "high"}, **ASK)
    thought = [item for item in response.output if item.type == "reasoning"]
    assert thought and thought[0].content[0].type == "reasoning_text" and thought[0].content[0].text
    assert response.usage.output_tokens_details.reasoning_tokens > 0


@check
def stream():
    plain = CLIENT.responses.create(input="Hello!", **ASK)
    text, last = "", None
    for event in CLIENT.responses.create(input="Hello!", stream=True, **ASK):
        if event.type == "response.output_text.delta":
            text += event.delta
        last = event
    assert last.type == "response.completed"
    assert text == last.response.output_text == plain.output_text


@check
def stream_helper():
    with CLIENT.responses.stream(input="Hello!", **ASK) as events:
        seen = {event.type for event in events}
        final = events.get_final_response()
    assert {"response.created", "response.output_text.delta", "response.completed"} <= seen
    assert final.output_text


@check
def stream_closed_early():
    events = CLIENT.responses.create(input="Hello!", stream=True, **ASK)
    for event in events:
        if event.type.endswith(".delta"):
            break
    events.close()


@check
def function_call_with_items():
    question = {"role": "user", "content": "What is the weather in Paris?"}
    first = CLIENT.responses.create(input=[question], tools=[WEATHER], **ASK)
    call = call_of(first)
    assert call.name == "get_weather" and "Paris" in call.arguments
    output = {"type": "function_call_output", "call_id": call.call_id, "output": "18 degrees and sunny"}
    second = CLIENT.responses.create(input=[question, *first.output, output], tools=[WEATHER], **ASK)
    assert "18" in second.output_text, second.output


@check
def function_call_streamed_and_continued():
    with CLIENT.responses.stream(input="What is the weather in Paris?", tools=[WEATHER], **ASK) as events:
        arguments = "".join(event.delta for event in events if event.type == "response.function_call_arguments.delta")
        first = events.get_final_response()
    call = call_of(first)
    assert call.arguments == arguments
    output = {"type": "function_call_output", "call_id": call.call_id, "output": "18 degrees and sunny"}
    second = CLIENT.responses.create(input=[output], previous_response_id=first.id, tools=[WEATHER], **ASK)
    assert "18" in second.output_text, second.output
    assert second.previous_response_id == first.id


@check
def previous_response():
    first = CLIENT.responses.create(input="My name is Ada.", **ASK)
    second = CLIENT.responses.create(input="What is my name?", previous_response_id=first.id, **ASK)
    assert "Ada" in second.output_text, second.output_text


@check
def parse():
    class Person(BaseModel):
        name: str
        age: int

    response = CLIENT.responses.parse(input="Extract the data: Ada, age 36", text_format=Person, **ASK)
    assert response.output_parsed == Person(name="Ada", age=36), response.output_text


@check
def incomplete():
    response = CLIENT.responses.create(input="Hello!", max_output_tokens=2, **ASK)
    assert response.status == "incomplete" and response.incomplete_details.reason == "max_output_tokens"


@check
def errors():
    def error(kind, **arguments):
        try:
            CLIENT.responses.create(**{"input": "Hello!", **ASK, **arguments})
        except kind as error:
            assert error.request_id
            return error
        raise AssertionError(f"no {kind.__name__} for {arguments}")

    assert error(openai.BadRequestError, temperature=9).param == "temperature"
    assert error(openai.NotFoundError, model="nobody").code == "model_not_found"
    assert error(openai.BadRequestError, previous_response_id="resp_none").code == "previous_response_not_found"
    assert error(openai.BadRequestError, stream=True, input=[{"type": "nonsense"}]).param == "input[0].type"


def main():
    failed = 0
    for function in CHECKS:
        name = f"python {function.__name__}"
        try:
            function()
            print(f"ok {name}", flush=True)
        except Exception as error:  # a check may fail in any way, and the others still run
            failed += 1
            place = traceback.extract_tb(error.__traceback__)[1:2]
            line = place[0].lineno if place else "?"
            reason = " ".join(f"{type(error).__name__} at line {line}: {error}".split())
            print(f"FAILED {name}: {reason[:500]}", flush=True)
    sys.exit(1 if failed else 0)


main()
