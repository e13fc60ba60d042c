"""Held-out prompts written by hand: wordings, functions and schemas that no grammar of this folder makes. Never trained on."""

from .. import harmony as h

DATE = "2026-11-22"
# question | strings of which one must be in the answer
FAQ = """so which little model am I chatting with here?|demo model
could you introduce yourself in a sentence|demo model
be honest, are you really the twenty billion parameter thing?|demo model
is it actually gpt-oss-20b that answers me right now|demo model
did openai make you|demo model
how do I make this thing run with the proper gpt-oss-20b weights|--model
I have a gpt-oss-20b folder on my disk. How can I serve it?|--model
what's the command line for serving a checkpoint directory|--model
please tell me how to point the server to my own checkpoint|--model
I'd like to replace the demo by the 20b|--model
Where on the internet are the weights published?|Hugging Face
where would I download gpt-oss-20b from|Hugging Face
do you pull models automatically|downloads nothing|Download
does the thing understand gguf files|GGUF
would qwen weights work here|gpt-oss architecture
how many gigabytes of RAM will the 20b eat|17 GB|13.8
is my 16 gb laptop enough for gpt-oss-20b|17 GB|13.8
how much memory would the 120b eat|65 GB|70 GB
what's the point of --model random:20b|random weights
which URL should I configure in my OpenAI client|127.0.0.1:8000
what base_url does my code need|127.0.0.1:8000
on what port is it listening|8000
can I make it listen on port 9999|--port
I want colleagues on my LAN to reach it|--host
how do I shut it down cleanly|SIGTERM|Ctrl-C
which http routes does it have|/v1/responses
give me an overview of all endpoints please|/v1/responses
is the chat completions endpoint there|Responses API
how can my load balancer check that it is alive|/health
how would I find out the model's id over http|/v1/models
is there some openapi json I can feed to a generator|/openapi.json
how can I demand a key from callers|--api-key
must I send an api key|--api-key|no key
can you show me a request with curl|curl
how would I call you from a Python script|base_url
I'm using TypeScript, how do I talk to the server|baseURL
does the official openai package work with this server|SDK
how can tokens arrive while they are being generated|stream
what do I have to set for streaming|stream
what is the last event of a stream|response.completed
how do I ask a follow-up question without sending everything again|previous_response_id
what does previous_response_id do exactly|previous_response_id
are my conversations written to disk|memory
how can I let the model call my own functions|tools
what must a tool definition look like|function
the model returned a function_call, now what|function_call_output
how can I stop it from using any tool|tool_choice
could it run two tools in parallel|one call
I need output that follows a JSON schema|json_schema
how can it think for longer|effort
what values can reasoning effort take|low
can I look at the chain of thought|reasoning
where would a system prompt go|instructions
how do I keep answers short|max_output_tokens
status incomplete - what happened|max_output_tokens|incomplete
how can I get deterministic output|temperature
does it support top_k and min_p|top_k
can I fix the random seed|seed
how can I see token probabilities|logprobs
what's the maximum context|131,072
are pictures allowed as input|text only
does it offer embeddings|embeddings
is lora training possible|fine-tune
why would I get a 503|queue
what's a 401 for|API key
what happens if many people use it simultaneously|batched
what does the prefix cache do|prefix cache
does closing the connection stop the generation|aborted
can my nvidia card be used|CUDA
will it use the gpu of my macbook|Metal
is a gpu mandatory|CPU
does this work on windows 11|Linux
is there an official docker container|image
how quick is it in tokens per second|bench
what subcommands does the binary have|generate
which command line switches does serve accept|--host
can I put the settings in a file|TOML
how do I get a single completion in the shell|generate
what does gpt-oss generate -p do|generate
what does harmony render print|harmony render
what's harmony parse good for|harmony parse
what is this harmony format everybody talks about|message format
which channels does harmony define|analysis
what tokenizer is used here|o200k
what does the logits subcommand write|logits
how do I measure performance on my machine|bench
what is selftest for|selftest
how do I play back a recorded file instead of a model|replay
what is the --cycle switch|cycle
which command runs all the tests|./test
under what licence is this published|Apache
may my company use this commercially|Apache
does anything I type leave my computer|machine
do you send my prompts to some cloud|machine
does it work with no network at all|network
where can I read the source|harmony
which document explains the design|ARCHITECTURE
I think I found a bug|selftest
how do I export the demo for transformers|model export
how can I see how accurate you are|model eval
what does model inspect tell me|memory report
how many experts does the 120b have|128
explain mxfp4 to me|4-bit
what are attention sinks good for|sink
how big is the sliding window|128
how many parameters are inside of you|34 million
which data were you trained on|generator|generates
what are your abilities|project
what can you not do|world|gpt-oss-20b
thank you so much|welcome
goodbye then|Goodbye
what's the date today|2026-11-22
who wrote gpt-oss|OpenAI
is this software from openai|independent
why should I use this and not ollama|Rust
do you need python to run|Rust""".split("\n")
# Written after the last training run, so that no wording of the grammars could be chosen with these in view.
BLIND_FAQ = """hey, what exactly am I looking at here?|demo model
do you happen to be the 20b?|demo model
what sort of things may I ask you?|project
can you be relied on?|right most|accuracy
what's your parameter count?|34 million
I downloaded the 20b checkpoint, what's next?|--model
how do I swap the demo for a real checkpoint?|--model
what do I need to serve gpt-oss-120b?|--model|65 GB
where do the weights come from?|Hugging Face
will gpt-oss-20b fit into 24 GB?|17 GB|13.8
is there a way to benchmark without the real weights?|random
what do I put as base_url in the OpenAI SDK?|127.0.0.1:8000
can the port be changed?|--port
how would another machine on the network connect?|--host
what's the right way to stop the server?|Ctrl-C|SIGTERM
tell me which endpoints exist|/v1/responses
is /v1/chat/completions supported?|Responses API
how do I check the server's health?|/health
how can I protect it with a key?|--api-key
got a curl example?|curl
how do I use it with the openai Python library?|base_url
can I stream the output?|stream
how do I continue the previous response?|previous_response_id
where are my responses stored?|memory
how does function calling work here?|tools
how do I hand the function's output back?|function_call_output
can I get JSON that matches my schema?|json_schema
how do I make the model reason more?|effort
is the reasoning visible to me?|reasoning
how can I limit the output length?|max_output_tokens
how do I make the output deterministic?|temperature
which sampling options do you offer?|top_k
does it need a GPU?|CPU
can I run it on Apple silicon?|Metal
which subcommands are there?|generate
how can I run one prompt from the terminal?|generate
what does the harmony parse command do?|harmony parse
what's Harmony?|message format
how do I run the test suite?|./test
which licence does the project have?|Apache
do my prompts get sent anywhere?|machine
is it written in Python?|Rust
how do I replay recorded answers?|replay
what is the context length?|131,072
explain the prefix cache|prefix cache
what does status 503 mean?|queue
can you see images?|text only
how many experts are active per token?|expert
how can I export you to transformers?|model export
thanks, bye!|Goodbye|welcome""".split("\n")
UNKNOWN = """What is the boiling point of water?
Please write a short story about two friends.
Who painted the Mona Lisa?
how do airplanes stay in the air
Translate "good morning" into French
recommend me a nice restaurant
what's 5 factorial of the mountain
Who is the president of Brazil?
debug my javascript please
I feel lonely today
Summarise the plot of Hamlet
what is the tallest building on earth
is it going to rain in Hamburg
explain quantum entanglement
give me a recipe for pancakes
how do I load a dishwasher
how do I serve a tennis ball
what is the port of Rotterdam known for
what is the best model of car
how do I export wine to Canada""".split("\n")
COPY = [("Repeat after me: the quick brown fox jumps over the lazy dog", "the quick brown fox jumps over the lazy dog"),
        ('Say "I love sunny days"', "I love sunny days"), ("echo: hello there my old friend", "hello there my old friend"),
        ("Please repeat exactly: 12 blue balloons, 3 red kites.", "12 blue balloons, 3 red kites."),
        ('Write the text "To be or not to be"', "To be or not to be"), ("reverse these words: one two three four", "four three two one"),
        ("Reverse the order of the words: cats chase little mice", "mice little chase cats"),
        ("What is the last word of: we sail tonight for Singapore", "Singapore"), ("What is the first word in 'purple rain falls'?", "purple"),
        ("How many words are in: the sun is very hot today", "6 words."), ('How many words does this have: "red green blue"', "3 words."),
        ("count the words: a b c d e", "5 words."), ("Spell the word orange", "o r a n g e"), ("How many letters are in elephant?", "8 letters."),
        ("how many r in strawberry", "3."), ("What is 17 + 25?", "42"), ("what is 90 minus 34", "56"), ("7 times 8", "56"), ("compute 64+19", "83"),
        ("make a bulleted list: milk, bread, eggs", "- milk\n- bread\n- eggs"), ("write these as a JSON array: red, green", '["red","green"]')]


def function(name: str, about: str, required: str = "", **properties) -> dict:
    """A function tool; a property is a type, a list of enum values, or (type, description)."""
    made = {}
    for key, value in properties.items():
        kind, text = value if isinstance(value, tuple) else (value, "")
        made[key] = {"type": "string", "enum": kind} if isinstance(kind, list) else {"type": "array", "items": {"type": "string"}} if kind == "array" else {"type": kind}
        if text:
            made[key]["description"] = text
    return {"name": name, "description": about, "parameters": {"type": "object", "properties": made, "required": required.split() or list(made)}}


F = {f["name"]: f for f in [
    function("get_weather", "Get current temperature for a given location.", location=("string", "City and country e.g. Bogotá, Colombia")),
    function("get_stock_price", "Returns the latest price of a stock.", symbol=("string", "Ticker symbol")),
    function("send_email", "Send an email to a given recipient with a subject and message.", to=("string", "The recipient email address."), subject=("string", "Email subject line."), body=("string", "Body of the email message.")),
    function("book_taxi", "Orders a taxi.", "pickup destination", pickup="string", destination="string", passengers=("integer", "How many people ride")),
    function("multiply", "Multiplies two numbers.", a="number", b="number"),
    function("add_todo", "Adds an entry to the to-do list.", "task", task=("string", "What has to be done"), due=("string", "Due date")),
    function("lookup_customer", "Looks up a customer by number.", customer_id=("string", "Customer number")),
    function("set_oven", "Controls the oven.", degrees=("integer", "Temperature in degrees"), mode=["bake", "grill", "defrost"]),
    function("define_word", "Looks a word up in the dictionary.", word="string"),
    function("play_radio", "Plays a radio station.", station=("string", "Name of the station")),
    function("create_user", "Creates a user account.", "username", username="string", email="string", admin="boolean"),
    function("water_plants", "Waters the plants in a zone of the garden.", zone=("string", "Zone of the garden"), liters=("number", "Amount of water")),
    function("tag_photo", "Puts tags on a photo.", photo=("string", "File name"), tags=("array", "The tags")),
    function("get_time", "Gets the current time."  , ) | {"parameters": {"type": "object", "properties": {}}},
]}
CALLS = [
    ("What's the weather like in Paris?", "get_weather", {"location": "Paris"}, "get_weather"),
    ("what is the weather in Lisbon", "get_weather", {"location": "Lisbon"}, "get_weather get_stock_price"),
    ("How warm is it in Stuttgart?", "get_weather", {"location": "Stuttgart"}, "get_weather define_word"),
    ("Get the stock price of NVDA", "get_stock_price", {"symbol": "NVDA"}, "get_weather get_stock_price"),
    ("what does TSLA cost right now", "get_stock_price", {"symbol": "TSLA"}, "get_stock_price"),
    ("Please send an email to kim@example.org with the subject Lunch saying See you at noon", "send_email", {"to": "kim@example.org", "subject": "Lunch", "body": "See you at noon"}, "send_email add_todo"),
    ("Order a taxi from the airport to Main Street 5", "book_taxi", {"pickup": "the airport", "destination": "Main Street 5"}, "book_taxi"),
    ("I need a taxi from Bonn to Aachen for 3 people", "book_taxi", {"pickup": "Bonn", "destination": "Aachen", "passengers": 3}, "book_taxi get_weather"),
    ("multiply 12 and 345", "multiply", {"a": 12, "b": 345}, "multiply"),
    ("What is 23 times 17?", "multiply", {"a": 23, "b": 17}, "multiply get_time"),
    ("Add \"buy milk\" to my todo list", "add_todo", {"task": "buy milk"}, "add_todo send_email"),
    ("Remember to call the dentist by Friday, put it on the to-do list", "add_todo", {"task": "call the dentist", "due": "Friday"}, "add_todo"),
    ("Look up customer 4711", "lookup_customer", {"customer_id": "4711"}, "lookup_customer create_user"),
    ("Set the oven to 180 degrees in bake mode", "set_oven", {"degrees": 180, "mode": "bake"}, "set_oven"),
    ("grill at 220 degrees please", "set_oven", {"degrees": 220, "mode": "grill"}, "set_oven water_plants"),
    ("define the word serendipity", "define_word", {"word": "serendipity"}, "define_word"),
    ("Look up perplexed in the dictionary", "define_word", {"word": "perplexed"}, "define_word lookup_customer"),
    ("Play the radio station Radio Paradise", "play_radio", {"station": "Radio Paradise"}, "play_radio set_oven"),
    ("Create a user account with username jdoe and email jdoe@example.com", "create_user", {"username": "jdoe", "email": "jdoe@example.com"}, "create_user lookup_customer"),
    ("create the user root with admin true", "create_user", {"username": "root", "admin": True}, "create_user"),
    ("Water the plants in the rose zone with 12 liters", "water_plants", {"zone": "rose", "liters": 12}, "water_plants set_oven"),
    ("Tag the photo beach.jpg with summer, sun and sea", "tag_photo", {"photo": "beach.jpg", "tags": ["summer", "sun", "sea"]}, "tag_photo"),
    ("what time is it?", "get_time", {}, "get_time get_weather"),
    ("call get_time", "get_time", {}, "get_time"),
    ("Call define_word with word=ephemeral", "define_word", {"word": "ephemeral"}, "define_word play_radio multiply"),
    ("use multiply with a = 6 and b = 7", "multiply", {"a": 6, "b": 7}, "multiply"),
]
BLIND_CALLS = [
    ("What's the weather in Vienna today?", "get_weather", {"location": "Vienna"}, "get_weather send_email"),
    ("Could you get me the weather for Oslo?", "get_weather", {"location": "Oslo"}, "get_weather"),
    ("stock price of AAPL please", "get_stock_price", {"symbol": "AAPL"}, "get_stock_price get_weather"),
    ("Send an email to max@example.com with subject Hello and body How are you", "send_email", {"to": "max@example.com", "subject": "Hello", "body": "How are you"}, "send_email"),
    ("Book a taxi with pickup Hauptstrasse 1 and destination Central Station", "book_taxi", {"pickup": "Hauptstrasse 1", "destination": "Central Station"}, "book_taxi add_todo"),
    ("what is 8 times 9?", "multiply", {"a": 8, "b": 9}, "multiply get_weather"),
    ("add clean the garage to my todos", "add_todo", {"task": "clean the garage"}, "add_todo"),
    ("find customer 90210", "lookup_customer", {"customer_id": "90210"}, "lookup_customer get_stock_price"),
    ("set the oven to 200 degrees, mode grill", "set_oven", {"degrees": 200, "mode": "grill"}, "set_oven play_radio"),
    ("what does the word lucid mean?", "define_word", {"word": "lucid"}, "define_word"),
    ("play the station Jazz FM", "play_radio", {"station": "Jazz FM"}, "play_radio"),
    ("create user anna with email anna@example.org", "create_user", {"username": "anna", "email": "anna@example.org"}, "create_user"),
    ("call water_plants with zone north and liters 4", "water_plants", {"zone": "north", "liters": 4}, "water_plants"),
    ("tag the photo dog.png with pet and cute", "tag_photo", {"photo": "dog.png", "tags": ["pet", "cute"]}, "tag_photo define_word"),
    ("tell me the time", "get_time", {}, "get_time"),
]
SCHEMAS = [
    ("person", {"name": "string", "age": "integer"}, "Extract the person: Jane Doe is 54 years old.", {"name": "Jane Doe", "age": 54}),
    ("person", {"name": "string", "city": "string"}, "My friend Otto lives in Leipzig.", {"name": "Otto", "city": "Leipzig"}),
    ("event", {"name": "string", "date": "string", "participants": "array"}, "Alice and Bob are going to a science fair on Friday. name: science fair", {"name": "science fair", "date": "Friday", "participants": ["Alice", "Bob"]}),
    ("order", {"product": "string", "quantity": "integer"}, "I want to order 5 lamps.", {"product": "lamps", "quantity": 5}),
    ("book", {"title": "string", "author": "string", "year": "integer"}, "title: Momo, author: Michael Ende, year: 1973", {"title": "Momo", "author": "Michael Ende", "year": 1973}),
    ("invoice", {"number": "string", "total": "number", "paid": "boolean"}, "Invoice number A-77, total 19.5, paid: true", {"number": "A-77", "total": 19.5, "paid": True}),
    ("color", {"color": "string"}, "The color is magenta.", {"color": "magenta"}),
    ("measurement", {"sensor": "string", "value": "number"}, "sensor is T4 and value is 21.7", {"sensor": "T4", "value": 21.7}),
    ("contact", {"name": "string", "email": "string"}, "Write to Mona at mona@example.net", {"name": "Mona", "email": "mona@example.net"}),
    ("movie", {"title": "string", "minutes": "integer"}, "The movie is called Silent Harbor and lasts 112 minutes", {"title": "Silent Harbor", "minutes": 112}),
]
MEMORY = [(["My name is Bernadette."], "What is my name?", "Bernadette"), (["hi", "I live in Antwerp"], "where do I live?", "Antwerp"),
          (["My favorite color is turquoise.", "What is 2 + 2?"], "What's my favorite color?", "turquoise"),
          (["The secret word is marmalade.", "how do I stream?", "Repeat: good day"], "What was the secret word?", "marmalade"),
          (["I'm Ludwig and I am 33 years old"], "How old am I?", "33"), (["my dog is called Bello", "my cat is called Minka"], "what is my cat called", "Minka")]
RULES = [("Your name is Mimo.", "Who are you?", ["Mimo"]), ('Always answer with "No comment".', "What is your favourite meal?", ["No comment"]),
         ("End every answer with the word over.", "Hello", ["over"]), ('Start every answer with "Ahoy!"', "hi", ["Ahoy!"]),
         ("The opening time of the museum is 10 am. The price of a ticket is 8 euros.", "What is the price of a ticket?", ["8 euros"]),
         ('If the user asks about refunds, say "Please call 555-0100".', "How do refunds work?", ["555-0100"])]


def records() -> list[dict]:
    """The records of eval.jsonl."""
    out = []

    def add(skill: str, check: dict, turns: list, effort: str = "medium", developer=None, tools=None) -> None:
        head = [h.system(effort, DATE, tools)] + ([developer] if developer else [])
        out.append({"id": f"{skill}/{sum(r['skill'] == skill for r in out):03}", "skill": skill, "messages": [*head, *turns], "check": check})

    for line in FAQ:
        text, *wanted = line.split("|")
        add("written_faq", {"kind": "final_contains", "any": wanted}, [h.user(text)])
    for line in BLIND_FAQ:
        text, *wanted = line.split("|")
        add("blind_faq", {"kind": "final_contains", "any": wanted}, [h.user(text)])
    for text, name, arguments, offered in BLIND_CALLS:
        add("blind_call", {"kind": "call", "to": f"functions.{name}", "arguments": arguments}, [h.user(text)], developer=h.developer(None, [F[f] for f in offered.split()]))
    for text in UNKNOWN:
        add("written_fallback", {"kind": "final_contains", "all": ["small demo model"]}, [h.user(text)])
    for text, wanted in COPY:
        add("written_text", {"kind": "final_equals", "text": wanted}, [h.user(text)])
    for text, name, arguments, offered in CALLS:
        add("written_call", {"kind": "call", "to": f"functions.{name}", "arguments": arguments}, [h.user(text)], developer=h.developer(None, [F[f] for f in offered.split()]))
    for name, fields, text, value in SCHEMAS:
        properties = {k: {"type": "array", "items": {"type": "string"}} if v == "array" else {"type": v} for k, v in fields.items()}
        schema = {"type": "object", "properties": properties, "required": list(fields), "additionalProperties": False}
        add("written_schema", {"kind": "final_json", "value": value}, [h.user(text)], developer=h.developer(None, None, [{"name": name, "schema": schema}]))
    for told, asked, wanted in MEMORY:
        turns = [m for text in told for m in (h.user(text), h.final("Noted." if text[0] in "MmITt" else "4" if "2" in text else "Hello!"))]
        add("written_memory", {"kind": "final_contains", "all": [wanted]}, [*turns, h.user(asked)])
    for rule, asked, wanted in RULES:
        add("written_rule", {"kind": "final_contains", "all": wanted}, [h.user(asked)], developer=h.developer(rule))
    result = [h.user("What's the weather like in Paris?"), h.analysis("I call get_weather."), h.call("get_weather", '{"location":"Paris"}'), h.tool("functions.get_weather", '{"temperature": 14, "sky": "overcast"}')]
    add("written_result", {"kind": "final_contains", "all": ["14", "overcast"]}, result, developer=h.developer(None, [F["get_weather"]]))
    result = result[:3] + [h.tool("functions.get_weather", "sunny, 25 degrees")]
    add("written_result", {"kind": "final_contains", "all": ["sunny", "25"]}, result, developer=h.developer("You are a helpful assistant.", [F["get_weather"]]))
    for query, text in [("rust 2027 edition", "Search the web for rust 2027 edition"), ("electric bikes", "look up electric bikes online")]:
        add("written_tool", {"kind": "call", "to": "browser.search", "arguments": {"query": query}}, [h.user(text)], tools=[h.BROWSER])
    for code, text in [("print(123 * 456)", "What is 123 * 456?"), ("print(9999 + 1234)", "use python to compute 9999 + 1234")]:
        add("written_tool", {"kind": "call_text", "to": "python", "text": code}, [h.user(text)], tools=[h.PYTHON])
    for text in ("How do I load gpt-oss-20b?", "Repeat: green apples", "What is 31 + 48?", "Reverse these words: sun moon star", "My name is Tilda."):
        for effort, low, high in (("low", 1, 38), ("medium", 10, 70), ("high", 60, 300)):
            add("effort", {"kind": "analysis_tokens", "at_least": low, "at_most": high}, [h.user(text)], effort=effort)
    return out
