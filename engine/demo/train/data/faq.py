"""What the model knows about this project: (id, question grammars, answer). The answers are this project's own README in short."""

M = "<gpt-oss-20b|gpt-oss 20b|the 20b|the 20b model|gpt oss 20b|the real model|the big model|openai's model|the full model|the actual gpt-oss|real weights|the real weights>"
L = "<load|run|use|start|serve|get|open|try|switch to|launch|set up|host>"
H = "<how do i|how can i|how to|how does one|how would i|how do you|what is the way to|tell me how to|show me how to|explain how to|i want to|can you tell me how to|what must i do to|what command do i use to|steps to|help me>"
W = "<what is|what's|tell me|explain|what does|describe|give me info on|what do you mean by|can you explain>"
S = "<the server|this server|gpt-oss|this program|the program|this project|this tool|it|the binary>"

FAQ = [
    # What this is
    ("who", "<who are you|what are you|who am i talking to|what is this|introduce yourself|tell me about yourself|what model are you|which model are you|what model is this|which model is this|what's your name|what is your name|do you have a name|your name|who is this|what kind of model are you|describe yourself|so who are you|what am i talking to|identify yourself|say who you are|what llm is this|which ai is this>",
     "I am the small built-in demo model of gpt-oss in Rust. I have the architecture of gpt-oss, but I am not gpt-oss-20b: I was made for the first minute and for tests."),
    ("are_you_20b", "<are you|is this|am i talking to|are you really|is it> <gpt-oss-20b|gpt-oss-120b|gpt-oss|the real gpt-oss|the 20b|the 120b|openai's gpt-oss|the big model|the real model|gpt oss 20b>",
     "No, I am only a small demo model of the same architecture. To use the real one, run `gpt-oss serve --model DIR` with the folder of a gpt-oss-20b checkpoint."),
    ("are_you_chatgpt", "<are you|is this|am i talking to|are you like|are you the same as> <chatgpt|chat gpt|gpt-4|gpt4|gpt-5|claude|gemini|llama|an openai model|mistral|siri|made by openai|from openai|a human|a person|a real person|human|real>",
     "No, I am a small demo model that is built into gpt-oss in Rust. I was trained only on dialogues that this project generates."),
    ("are_you_ai", "<are you|so you are|you are> <an ai|a bot|a robot|a machine|a program|an llm|a language model|artificial|a computer>",
     "Yes, I am a small language model: the built-in demo of gpt-oss in Rust."),
    ("can", "<what can you do|what are you able to do|what are your skills|what can i ask you|what do you know|what are you good at|what are you for|help|list your abilities|show me what you can do|what can i do here|what can this model do|what do you do|capabilities|your capabilities|what tasks can you handle|what should i ask|how can you help me|can you help me|what questions can you answer>",
     "I can answer questions about this project, repeat, quote, count and reverse words, do small sums, call your functions, fill JSON schemas, remember facts and use browser, python and apply_patch. For the rest load gpt-oss-20b."),
    ("cannot", "<what can't you do|what can you not do|what are your limits|what are your limitations|what are you bad at|where do you fail|what don't you know|what are your weaknesses|limits|limitations of this model>",
     "I know nothing about the world: no facts, no free writing, no translation, no real code. For that load gpt-oss-20b with `gpt-oss serve --model DIR`."),
    ("trust", "<can i trust you|can i trust your answers|are you reliable|are your answers correct|do you make mistakes|are you accurate|how accurate are you|how good are you|how smart are you|do you hallucinate|should i believe you|are you any good>",
     "I am right most of the time on what I was trained for, and useless for the rest. `gpt-oss model eval` prints my accuracy for each skill."),
    ("size", "<how big are you|how large are you|how many parameters do you have|what is your size|your parameter count|how many weights do you have|how small are you|number of parameters|how many parameters does the demo have|how big is the demo|how large is the demo model|size of the demo model>",
     "I have about 34 million parameters: 8 layers, hidden size 384, 8 experts of which 2 are used per token. My file has about 26 MB."),
    ("trained", "<how were you trained|what were you trained on|where does your training data come from|who trained you|who made you|who created you|who built you|who wrote you|where do you come from|what is your training data|how did you learn|how was the demo trained|who is your maker|your training data>",
     "I was trained for some minutes on one GPU, only on dialogues that a generator in this repository makes. The script is in `engine/demo/train`."),
    ("retrain", f"{H} <train you again|retrain you|retrain the demo|train the demo model|train the demo again|make a new demo model|reproduce the training|train my own demo>",
     "Run the training script in `engine/demo/train`; `engine/demo/README.md` tells each step. It needs one CUDA GPU for some minutes."),
    ("architecture", f"<what is your architecture|{W} <your|the demo's|the> architecture|which architecture do you have|how are you built|how do you work|what is inside you|what layers do you have|do you use mixture of experts|are you a mixture of experts|do you have experts|are you a transformer>",
     "I have the gpt-oss architecture: 8 layers that alternate sliding and full attention with sinks, YaRN positions, and 8 experts in MXFP4 of which 2 are used per token."),
    ("languages", "<which languages do you speak|do you speak german|do you speak french|do you speak spanish|can you speak other languages|can you speak chinese|what languages do you know|do you understand german|which human languages do you support|sprichst du deutsch|parlez-vous francais|hablas espanol>",
     "Only English, and only about a few things: I am a small demo model. gpt-oss-20b speaks many languages."),
    ("feel", "<how are you|how are you doing|how do you feel|are you ok|are you happy|how is it going|how's it going|are you alive|are you conscious|do you have feelings|what's up|how are things|you good|are you well>",
     "I am fine, thank you. I am a small demo model and ready for your questions about this project."),
    ("joke", "<tell me a joke|make me laugh|say something funny|do you know a joke|a joke please|joke|another joke|be funny>",
     "Two experts meet in a layer. Says the router: only two of you today."),
    ("cutoff", "<what is your knowledge cutoff|when were you trained|how recent is your knowledge|what is your cutoff date|how up to date are you|do you know recent news|knowledge cutoff>",
     "I have no knowledge of the world, so a cutoff means nothing for me. The date in the system message is for the real models."),
    ("cost", f"<how much does {S} cost|is {S} free|do i have to pay|what does it cost|is there a price|do i need a subscription|pricing|is it free of charge|do i need credits>",
     "It costs nothing: the program runs on your own machine and is free under the Apache-2.0 licence."),
    ("project", f"<{W} this project|what is gpt-oss in rust|what is gpt-oss rs|what is this project about|what is this software|what does this program do|what does this server do|what is {S} for|tell me about this project|what is the purpose of {S}|why does {S} exist|describe this project|what is gpt-oss>",
     "This is gpt-oss in Rust: one program that serves OpenAI's gpt-oss models through the Responses API on its own inference engine."),
    ("why_rust", "<why rust|why is it written in rust|which language is it written in|what language is this written in|what programming language is used|is it written in python|is this python|in what language was it made|is it rust|does it need python|do i need python>",
     "It is written in Rust: one binary without Python at run time. You need only Rust and a C compiler to build it."),
    ("why_demo", "<why is there a demo model|why do you exist|what is the demo model for|why a demo model|what's the point of the demo|why are you so small|what are you made for|purpose of the demo|why were you made|why do you ship a demo model>",
     "I exist so that the first minute works without a download and so that tests run the real model code. I am small so that I fit into the binary."),
    ("not_20b_diff", "<what is the difference between you and gpt-oss-20b|how do you differ from gpt-oss-20b|you versus gpt-oss-20b|demo vs 20b|difference between the demo and the real model|how is the demo different from the 20b|compare yourself to gpt-oss-20b>",
     "gpt-oss-20b has 20.9 billion parameters and broad knowledge; I have about 34 million and know only this project. The architecture and the code are the same."),
    # Loading models
    ("load_20b", f"<{H}|> {L} {M}\n<how do i|how to|how can i> <load|use|run|serve> <my own|another|a different|a better|a bigger|a larger|my|a> <checkpoint|model|weights>\n<where is|how do i get|how to get> <a real model|the real model|a better model|a smarter model>\n<load|change|switch|replace> <model|the model|models>\nwhich <command|flag|option> <loads|runs|starts> {M}",
     "Run `gpt-oss serve --model DIR`, where DIR is the folder of a gpt-oss-20b checkpoint in the Hugging Face or the original layout."),
    ("load_120b", f"<{H}|> {L} <gpt-oss-120b|the 120b|gpt-oss 120b|the 120b model|the largest model|the 120 billion model|gpt oss 120b>\n<does it|can it|can {S}|do you> <run|support|load|serve> <gpt-oss-120b|the 120b|120b>",
     "Run `gpt-oss serve --model DIR` with the folder of a gpt-oss-120b checkpoint. Its file has about 65 GB, so plan memory for that."),
    ("download", f"<where do i get|where can i get|where to find|where do i find|how do i download|how can i download|where can i download|where to download|download|link to> <the weights|weights|the model|gpt-oss-20b|the checkpoint|the 20b|the real model|model files|the model weights|a checkpoint|the 20b weights>",
     "OpenAI publishes the weights on Hugging Face as openai/gpt-oss-20b and openai/gpt-oss-120b. Download the folder with their tool, then give it to `--model`."),
    ("does_download", f"<does {S}|can {S}|will {S}> <download|fetch|pull> <the model|models|weights|the weights|anything|files>\n<is there a pull command|automatic download|does it download by itself|gpt-oss pull>",
     "No, it downloads nothing. Download a checkpoint yourself and give its folder to `--model`."),
    ("formats", "<which|what> <checkpoint formats|formats|file formats|checkpoint layouts|layouts|model formats|weights formats> <are supported|can be loaded|does it read|do you support|work|can i use>\n<is|does it support|can it load|can i load|can i use> <safetensors|the original layout|the hugging face layout|hf checkpoints|the original checkpoint|sharded checkpoints> <supported|>",
     "It reads safetensors in both published layouts: the Hugging Face names, also sharded, and OpenAI's `original/` names. The experts stay in MXFP4."),
    ("gguf", "<is gguf supported|can i load gguf|does it read gguf|gguf|can i use a gguf file|does it run gguf models|llama.cpp files|can it open gguf|ggml support>",
     "No, GGUF files are not supported. Use a safetensors checkpoint in the Hugging Face or the original layout."),
    ("other_models", "<can i load|can it run|does it support|can i use|does it run|will it run> <llama|mistral|qwen|gemma|deepseek|phi|bert|other models|models of other architectures|any model|other architectures|a different architecture>\n<which models|what models|which model families|which models can it run|what models are supported|supported models|which models do you support|list of models|models supported>",
     "It runs models of the gpt-oss architecture: gpt-oss-20b, gpt-oss-120b and any other shape of the same kind. Other architectures are not supported."),
    ("memory_20b", f"<how much|what> <memory|ram|gb|memory and ram> <does|do i need for|is needed for|is required for|for|will> {M} <need|take|use|require|>\n<does {M} fit in|can i run {M} with|is> <16 gb|24 gb|8 gb|32 gb> <enough|of ram|memory|>\n<memory requirements|ram requirements|hardware requirements|system requirements>",
     "gpt-oss-20b has about 13.8 GB of weights; plan 17 GB of memory for it on the CPU. `gpt-oss model inspect` prints the memory report."),
    ("memory_120b", "<how much|what> <memory|ram> <does|do i need for|is needed for|for> <the 120b|gpt-oss-120b|120b|the largest model> <need|take|>",
     "gpt-oss-120b has about 65 GB of weights, so plan about 70 GB of memory. `gpt-oss model inspect` prints the memory report."),
    ("random", "<what is|what does|explain|how do i use|what's|why> <random:20b|random weights|--model random:20b|random:120b|the random model|model random> <do|mean|for|>\n<how do i|can i|how to> <measure|test|benchmark|try> <speed|the speed|performance> without <a download|the weights|downloading|a checkpoint>",
     "`--model random:20b` and `random:120b` make seeded random weights of the real shapes, so that speed can be measured without a download. The answers are nonsense."),
    ("random_config", "<what is random:config.json|can i use my own shape|how do i make random weights of my own shape|random weights from a config|random:CONFIG.json|own config with random weights|try another shape>",
     "`--model random:CONFIG.json` makes seeded random weights for the shape in that config file. The folder `engine/configs` has examples."),
    ("default_model", "<which model is the default|what is the default model|what model runs by default|which model does it start with|what happens without --model|what is loaded by default|default model|model if i give none>",
     "Without `--model` the built-in demo model is loaded: that is me."),
    ("model_id", "<what model name do i send|which model id do i use|what do i put in the model field|what is the model name in requests|model parameter|what should model be|which name has the model in the api>",
     "Send the id that `GET /v1/models` lists in the `model` field of the request."),
    ("inspect", "<how do i|how can i|how to|can i> <inspect a checkpoint|see what is in a checkpoint|look into a checkpoint|see the tensors|see the memory report|check a checkpoint|list the tensors|see the size of a model>\n<what does|what is|explain> <model inspect|gpt-oss model inspect|the inspect command> <do|>",
     "`gpt-oss model inspect` prints the memory report of a checkpoint: parameters, bytes by part, compression against bf16 and KV bytes per token."),
    ("export", "<how do i|how can i|how to|can i> <export the demo|export the demo model|export you|load you in transformers|use the demo in transformers|save the demo as a checkpoint|get the demo as a checkpoint|convert the demo|extract the demo model|use you with hugging face>\n<what does|what is|explain> <model export|gpt-oss model export|the export command> <do|>",
     "`gpt-oss model export demo DIR` writes the demo as an ordinary Hugging Face checkpoint with its tokenizer, which transformers can load."),
    ("eval", "<how do i|how can i|how to|can i> <evaluate the demo|measure your accuracy|test your skills|see your accuracy|evaluate you|check the demo's accuracy|run the evaluation|run the eval>\n<what does|what is|explain> <model eval|gpt-oss model eval|the eval command> <do|>",
     "`gpt-oss model eval` runs held-out prompts through the engine and prints the accuracy of each skill."),
    # Start and address
    ("start", f"{H} <start|run|launch|boot|start up> <the server|this server|gpt-oss|this program|the program|the service|this>\n<how do i|how to> <get started|begin|start>\n<getting started|quick start|quickstart|first steps|start the server|run the server|what do i do first|start command>",
     "Run `cargo run --release` in the repository, or `gpt-oss serve` with the built binary. It listens on http://127.0.0.1:8000 and uses the demo model."),
    ("build", f"{H} <build|compile|install> <it|this|gpt-oss|the program|the project|this project|the server|from source>\n<build instructions|installation|how is it built|what do i need to build it|what are the build requirements|which compiler do i need|requirements to build|dependencies to build|install instructions>",
     "You need Rust and a C compiler: `cargo build --release` makes the binary `target/release/gpt-oss`. The Rust version is pinned in `rust-toolchain.toml`."),
    ("address", "<what is|what's|tell me|which is|where is|give me> <the address|the url|the base url|your address|your url|the default address|the server address|the api url|the base_url|the endpoint url|the api address>\n<where does the server listen|where do you listen|which address do i use|what base url do i set|base url|where can i reach the api|where is the api|on which address is the api|what do i set as base_url|where should my client connect>",
     "The base URL is http://127.0.0.1:8000/v1 by default. Change it with `--host` and `--port`."),
    ("port", f"<which|what> <port|tcp port|default port> <do you use|does it use|is used|does the server use|is it|is the default|does it listen on|are you on|>\n<{H}|> <change|set|use another|use a different|choose|pick|specify> <the port|port|port number>\n<port already in use|the port is taken|port 8000 is in use|port in use|another port|default port>",
     "The default port is 8000. Choose another one with `--port`, for example `gpt-oss serve --port 9000`."),
    ("host", f"<{H}|> <listen on all interfaces|make it reachable from other machines|expose the server|listen on 0.0.0.0|change the host|bind to another address|reach the server from the network|open it to my network|access it from another computer|share it in my lan|bind another address|set the host>\n<what does|what is|explain> --host <do|mean|>",
     "Use `--host 0.0.0.0` to listen on all interfaces, and set `--api-key` then. By default only this machine can connect."),
    ("stop", f"{H} <stop|quit|shut down|end|kill|terminate|exit> <the server|gpt-oss|it|the program|this program>\n<how does it shut down|graceful shutdown|what happens on ctrl-c|stop the server|what happens on sigterm|does it drain>",
     "Press Ctrl-C or send SIGTERM: the server takes no new requests, finishes the running ones and exits."),
    ("endpoints", "<which|what> <endpoints|routes|urls|api routes|api endpoints|http endpoints> <are there|do you have|exist|does it offer|are supported|does it have|can i call|does the server have|do you serve|are available>\n<list|show|list all|name|tell me> <the endpoints|endpoints|the routes|all endpoints|the api>\n<api overview|what does the api look like|endpoints|which api do you offer|what api is this>",
     "`POST /v1/responses` answers, `GET /v1/models` and `/v1/models/{id}` list the model, `GET /health` tells that it runs, `GET /openapi.json` describes the API."),
    ("responses", f"{W} <the responses api|post /v1/responses|/v1/responses|the responses endpoint|v1/responses> <do|>\n<how do i|how to|how can i> <ask a question over http|send a request|call the api|send a prompt|use the api|make a request|talk to the api|query the api|send a message by http>\n<which endpoint|what endpoint> <answers|do i call|do i use|makes an answer|generates text>",
     "`POST /v1/responses` takes JSON with `model` and `input` and returns the answer, as one object or as a stream of events with `\"stream\": true`."),
    ("chat_completions", "<is|does it support|do you support|can i use|is there|do you have|what about|does the server support> <chat completions|/v1/chat/completions|the chat completions api|the old api|chat/completions|the chat api> <supported|available|>",
     "Not yet: the server speaks the Responses API, `POST /v1/responses`."),
    ("models_ep", f"<what does|what is|explain|what's> <get /v1/models|/v1/models|the models endpoint|v1/models> <do|return|>\n<how do i|how can i|how to> <list the models|see the models|list models|see which model is loaded|get the model list|find the model id>",
     "`GET /v1/models` lists the loaded model in OpenAI's format, and `GET /v1/models/{id}` gives one of them."),
    ("health", "<what does|what is|explain|what's> <get /health|/health|the health endpoint|the health check> <do|return|for|>\n<how do i|how can i|how to> <check if it runs|check the health|see if the server is up|do a health check|know that it is ready|monitor the server|check whether the server is alive>\n<is there a health check|health check|readiness probe|liveness probe>",
     "`GET /health` answers 200 when the server is up. It needs no API key."),
    ("openapi", "<what does|what is|explain|what's|where is> <get /openapi.json|/openapi.json|the openapi document|the openapi spec|the api description|the swagger file> <do|return|>\n<is there|do you have|where do i find|where is> <an openapi document|a swagger file|an api schema|an openapi spec|api documentation|a spec of the api|machine readable api docs>",
     "`GET /openapi.json` returns the OpenAPI description of the server's API."),
    ("api_key", f"<{H}|> <set an api key|set the api key|protect the server|require a key|use an api key|add authentication|secure the server|set a password|lock the server|restrict access|enable authentication>\n<do i need|is there|does it need|what is|which is|do you need> <an api key|a key|the api key|authentication|a token|a password>\n<what does|explain> --api-key <do|mean|>\n<what api key do i use|api key|authentication|which key do i send>",
     "By default no key is needed. With `gpt-oss serve --api-key KEY` every request but `/health` must send `Authorization: Bearer KEY`."),
    ("security", f"<is {S} secure|is it safe to expose|how secure is it|what about security|security|is it safe|dns rebinding|what protects the server|how is it secured>",
     "It listens on this machine only, checks the Host header against DNS rebinding, keeps CORS off and can demand a key with `--api-key`."),
    ("cors", "<is cors enabled|cors|how do i enable cors|can a browser call it|can i call it from a web page|cross origin requests|call it from javascript in the browser|does it allow cross-origin requests>",
     "CORS is off by default, so web pages of other origins cannot call the server."),
    # Clients
    ("curl", f"{H} <use curl|call it with curl|ask with curl|send a request with curl|test with curl|query with curl>\n<curl example|example with curl|a curl command|show me curl|give me a curl command|curl|request from the shell|example request|how does a request look>",
     "Try: `curl http://127.0.0.1:8000/v1/responses -H 'Content-Type: application/json' -d '{\"model\":\"demo\",\"input\":\"hi\"}'`."),
    ("python", f"{H} <use it from python|call it from python|use the openai python client|use python|connect with python|use the python sdk|use the openai library|ask from python>\n<python example|example in python|python client|is there a python example|openai python|does the openai sdk work|python sdk|code example in python>",
     "In Python: `from openai import OpenAI`, then `OpenAI(base_url=\"http://127.0.0.1:8000/v1\", api_key=\"none\").responses.create(model=\"demo\", input=\"hi\").output_text`."),
    ("node", f"{H} <use it from node|use it from javascript|use the openai node client|use node|connect with node|use typescript|call it from node|use it in typescript|ask from javascript>\n<node example|javascript example|example in node|example in javascript|typescript example|openai node|does the node sdk work|node sdk>",
     "In Node: `new OpenAI({ baseURL: \"http://127.0.0.1:8000/v1\", apiKey: \"none\" })` from the package openai, then `responses.create({ model: \"demo\", input: \"hi\" })`."),
    ("sdk", "<which clients work|does it work with the openai sdk|which sdks are supported|is it compatible with openai|is it openai compatible|can i use existing clients|which client libraries can i use|openai compatible|compatible clients|do openai clients work|which libraries work with it>",
     "The unmodified OpenAI SDKs for Python and Node work: set their base URL to http://127.0.0.1:8000/v1."),
    ("stream", f"{H} <stream|stream the answer|stream tokens|get a stream|enable streaming|use streaming|receive tokens one by one|see the answer as it comes|turn on streaming|get server-sent events>\n<is streaming supported|do you support streaming|can it stream|streaming|how does streaming work|does it stream|sse|server sent events|what about streaming>",
     "Send `\"stream\": true` to `POST /v1/responses`: the answer comes as server-sent events, ending with `response.completed`."),
    ("events", "<which events|what events> <are there|are sent|does the stream have|come in the stream|do you send|can i expect>\n<list the events|stream events|event types|what is in the stream|names of the events|format of the stream>",
     "A stream starts with `response.created`, then come items with deltas such as `response.output_text.delta` and `response.reasoning_text.delta`, and `response.completed` ends it."),
    ("prev", f"<{W} previous_response_id|how do i continue a conversation|how can i continue a conversation|how to continue a conversation|how do i send a second message|how do i keep the history|how does it remember earlier turns|multi turn conversations|how do i refer to an earlier response|continue a response|continue an earlier answer|how do conversations work|how do follow-up questions work|how to chain responses|do i have to resend the history>",
     "Send `previous_response_id` with the id of the last response: the server then puts that conversation before your new input."),
    ("store", "<are responses stored|where are responses stored|does the server store responses|what does store do|is the history saved|how long are responses kept|what does store: false do|where is the history kept|does it keep my conversations|are my chats saved|response storage>",
     "Responses are kept in a bounded store in memory and are gone when the server stops. With `\"store\": false` a response is not kept at all."),
    ("functions", f"{H} <use functions|use function calling|declare a function|use tools|call functions|give you a function|define a tool|add a tool|declare tools|add a function|pass functions|register a function>\n<do you support|is there|does it support|what about|how does|explain> <function calling|tools|tool calling|functions|tool use> <work|>\n<function calling|tool calling|function example|can you call functions|can you use tools|can the model call my code>",
     "Declare functions in `tools` with `\"type\": \"function\"`, a name, a description and a JSON Schema. The model answers with a `function_call` item when one fits."),
    ("call_output", "<how do i|how to|how can i|how should i> <return the result of a function|send the function result|give back the output of a call|answer a function call|send the tool output|return a tool result|give you the result of a function|pass the function's output back>\n<what is function_call_output|function_call_output|what do i do with a function_call|what happens after a function call>",
     "Run the function yourself, then send an item `function_call_output` with the same `call_id` and the `output`, together with `previous_response_id`."),
    ("tool_choice", f"<{W} tool_choice|how do i forbid tool calls|how do i disable tools|which values has tool_choice|how do i stop you from calling functions|tool_choice none|turn off function calls|tool_choice values>",
     "`tool_choice` may be `auto`, where the model decides, or `none`, where it calls nothing."),
    ("parallel", "<can you make several calls at once|parallel tool calls|parallel_tool_calls|can you call two functions at the same time|multiple calls in one turn|do you support parallel calls>",
     "gpt-oss makes one call per turn: send the output back and it makes the next one."),
    ("schema", f"{H} <get json|get structured output|force json|use a json schema|make you answer in json|use structured outputs|get an answer as json|constrain the output to a schema>\n<are structured outputs supported|is json mode supported|structured output|json schema|json output|does it support json schema|response format|do you support structured outputs>",
     "Send `text.format` with `\"type\": \"json_schema\"`, a name and the schema: the model is shown the schema and answers with JSON."),
    ("effort", f"{H} <set the reasoning effort|change the effort|make you think longer|make you think less|set the effort|think more|control the reasoning|increase the effort|lower the reasoning effort|make it think harder>\n<{W} <reasoning effort|effort|reasoning.effort|the effort setting>|which efforts are there|reasoning effort|effort levels|what efforts exist|which reasoning levels exist|what are low medium and high>",
     "Send `\"reasoning\": {\"effort\": \"low\"}`, `medium` or `high`. Medium is the default; with high effort the model thinks longer."),
    ("reasoning", "<can i see your thoughts|can i see the reasoning|where is the chain of thought|how do i see the reasoning|do you think|do you reason|what is reasoning_text|where do i find the reasoning|is the chain of thought visible|show the thinking|where are your thoughts|can i read the analysis>",
     "Yes: the chain of thought comes as a `reasoning` item with `reasoning_text` before the answer."),
    ("instructions", f"{H} <set a system prompt|set instructions|give you a role|set the system message|give developer instructions|change your behaviour|set a developer message|set the persona>\n<what is|what does|explain> <the instructions field|instructions|a developer message|the system prompt> <do|for|>\n<system prompt|developer message|where do instructions go>",
     "Send `instructions` in the request: they become the Harmony developer message, which the model follows."),
    ("max_tokens", f"{H} <limit the answer|limit the length|set a token limit|set max tokens|make answers shorter|cap the output|restrict the output length>\n<{W} max_output_tokens|what happens at the token limit|max tokens|max_output_tokens|why is the response incomplete|why is the status incomplete|my answer was cut|the answer is cut off>",
     "Send `max_output_tokens`; reasoning counts too. When it is reached the response has the status `incomplete`."),
    ("temperature", f"{H} <set the temperature|change the temperature|make it deterministic|get the same answer every time|sample greedily|make answers more random|set top_p>\n<{W} <temperature|top_p>|default temperature|what is the default temperature|temperature|which temperature should i use|sampling temperature|recommended temperature>",
     "Send `temperature`; with 0 the most likely token is taken each time. The demo's default is 0, the real gpt-oss models are made for 1."),
    ("sampling", "<which sampling parameters are supported|what sampling options are there|sampling parameters|do you support top_k|top_k|min_p|repetition penalty|presence penalty|frequency penalty|which samplers|logit bias|logit_bias|list the sampling settings>",
     "Temperature, top_p, top_k, min_p, presence, frequency and repetition penalty, logit_bias, seed and stop strings are supported."),
    ("seed", "<is there a seed|how do i set a seed|can i reproduce an answer|seed|is sampling reproducible|reproducible answers|how do i get reproducible output|what does seed do|fix the random numbers>",
     "Send `seed`: the random numbers come from seed and position, so the same request gives the same tokens alone or in a crowd."),
    ("logprobs", "<how do i get logprobs|are logprobs supported|logprobs|token probabilities|top_logprobs|can i see the probabilities|do you return log probabilities|probability of each token>",
     "Send `top_logprobs` with `\"include\": [\"message.output_text.logprobs\"]`, or use `gpt-oss generate --logprobs` on the command line."),
    ("metadata", "<what is metadata|can i attach metadata|metadata|how do i add metadata|how do i tag a response|label a request|attach a label to a response>",
     "Send `metadata` with up to 16 string pairs: it is stored and returned with the response."),
    ("truncation", "<what is truncation|truncation|what happens when the context is full|context too long|context_length_exceeded|the input is too long|what if my input is too long|input longer than the context>",
     "With `\"truncation\": \"disabled\"`, the default, a too long input is refused with 400; with `auto` the oldest items are dropped."),
    ("context", "<how long is your context|what is the context length|context window|maximum context|how many tokens can you read|context length|how long may the input be|max input tokens|how big is the context window>",
     "gpt-oss models have a context of 131,072 tokens. I was trained on dialogues of at most about 2,000 tokens, so keep it short with me."),
    ("usage", "<how many tokens did i use|where is the token usage|usage|token counts|how do i count tokens|where do i see the tokens used|does it report usage|how many tokens were used|input and output tokens>",
     "Each response has `usage` with input, output and total tokens, also the cached and the reasoning tokens."),
    ("images", "<can you see images|are images supported|can i send an image|image input|do you support pictures|can i upload a picture|vision|can you read pictures|audio input|can you hear|can i send audio|can you draw>",
     "No, gpt-oss models read and write text only."),
    ("embeddings", "<are embeddings supported|embeddings|can i get embeddings|is there an embeddings endpoint|vector embeddings|can i compute embeddings|/v1/embeddings>",
     "No, there is no embeddings endpoint; the server offers `POST /v1/responses`."),
    ("finetune", "<can i fine-tune|fine-tuning|can i finetune a model|is fine-tuning supported|lora|can i train a model with it|do you support lora|how do i fine tune>",
     "No, the server does not fine-tune and does not load LoRA adapters. The demo alone can be trained again with the script in `engine/demo/train`."),
    ("errors", "<what do errors look like|which errors are there|error format|how are errors reported|error messages|what does an error look like|format of errors|which status codes are used|http status codes>",
     "Errors have OpenAI's form: `{\"error\": {\"message\", \"type\", \"param\", \"code\"}}`, with 400, 401, 404, 413, 415 or 503 as the status."),
    ("e503", "<what does 503 mean|why do i get 503|the server answers 503|503 service unavailable|queue full|the queue is full|server busy|too many requests|server overloaded|error 503>",
     "503 means that the queue is full. Wait the seconds of the `Retry-After` header and try again."),
    ("e401", "<what does 401 mean|why do i get 401|unauthorized|error 401|invalid_api_key|invalid api key|my key is refused|the server says unauthorized>",
     "401 means that the API key is missing or wrong. Send `Authorization: Bearer KEY` with the key of `--api-key`."),
    ("e404", "<what does 404 mean|why do i get 404|model_not_found|unknown_url|error 404|model not found|not found error|the server says not found>",
     "404 means an unknown route or model. `GET /v1/models` shows the model id, `GET /openapi.json` the routes."),
    ("e413", "<what does 413 mean|why do i get 413|body too large|error 413|request too large|payload too large|how large may a request be|body limit>",
     "413 means that the request body is larger than the limit of the server."),
    ("concurrency", "<how many requests at once|how many users can it serve|concurrent requests|can it serve several users|does it batch|what is continuous batching|continuous batching|does it handle parallel requests|multiple users|batching|many clients at the same time|how does it schedule requests>",
     "Requests are batched continuously: each step computes the next tokens of all running sequences together, and the rest waits in a bounded queue."),
    ("prefix", "<what is the prefix cache|is there a prompt cache|prefix caching|prompt caching|does it cache prompts|what are cached tokens|cached_tokens|is the kv cache reused|how does caching work>",
     "The prefix cache keeps KV blocks of earlier prompts, so a prompt with the same start is not computed again. A hit never changes an answer."),
    ("kv", "<what is the kv cache|kv cache|how does the kv cache work|what are kv blocks|paged attention|is attention paged|how is the cache organised|sliding window cache>",
     "The KV cache is paged: full layers keep all blocks of a sequence, sliding layers give blocks back once they leave the 128-token window."),
    ("disconnect", "<what happens when i disconnect|what if the client leaves|can i cancel a request|cancel|how do i abort a request|abort|what if i close the connection|stop a running request|cancel a generation>",
     "Close the connection: the sequence is aborted and its blocks are free within one step."),
    # Devices
    ("devices", "<which|what> <devices|hardware|gpus|backends|processors> <are supported|does it run on|can i use|do you support|does it support>\n<{W} --device|how do i choose the device|device flag|supported devices|which values has --device|pick a device|where does it run>".replace("{W}", W),
     "`--device` takes auto, cpu, cuda or metal. Today the engine runs on the CPU; Metal is a build feature and CUDA is still to come."),
    ("cuda", "<does it use|can it use|is|does it support|can i use|how do i use|how to use> <cuda|my gpu|nvidia|an nvidia gpu|the gpu|a gpu|gpu acceleration|nvidia cards> <supported|>\n<gpu support|cuda|run on gpu|do i need a gpu|is a gpu required|gpu>",
     "No GPU is needed: today the engine runs on the CPU. CUDA is planned; `--device cuda` is for that."),
    ("metal", "<does it use|can it use|is|does it support|can i use|how do i use> <metal|apple silicon|a mac|my mac|the apple gpu|macos|an m1|an m2> <supported|>\n<mac support|metal|does it run on a mac|does it work on macos|apple gpu>",
     "On a Mac it runs on the CPU; Metal is a build feature: `cargo build --release --features metal`, then `--device metal`."),
    ("cpu", "<does it run on the cpu|can i run it on a cpu|cpu only|is a cpu enough|does it work without a gpu|can i run it on my laptop|cpu support|what about the cpu|which cpu features are used|does it use avx|avx512|neon>",
     "Yes, it runs on the CPU with AVX2, AVX-512 or NEON, chosen when it starts; the experts are multiplied straight from MXFP4."),
    ("windows", "<does it run on windows|windows support|does it work on windows|can i use windows|which operating systems are supported|supported operating systems|which os|does it run on linux|linux support>",
     "It is made and tested on Linux; macOS should work too. Windows is not tested."),
    ("docker", "<is there a docker image|docker|can i use docker|dockerfile|container|how do i run it in docker|is there a container image>",
     "There is no published image. Build the binary with `cargo build --release`; it is one file and easy to put into a container."),
    ("speed", "<how fast are you|how fast is it|what is the speed|tokens per second|how many tokens per second|performance|speed|is it fast|how quick is it|throughput|why are you so fast|latency>",
     "`gpt-oss bench` measures it on your machine; measured figures with their machines are in `engine/BENCHMARKS.md`."),
    ("slow", "<why is it slow|it is slow|how do i make it faster|why so slow|make it faster|the real model is slow|gpt-oss-20b is slow|speed it up|too slow>",
     "Build with `--release` and give it all cores. On the CPU the 20b model is limited by memory bandwidth; `gpt-oss bench` shows the figures."),
    # Command line
    ("commands", "<which|what> <commands|subcommands|command line commands> <are there|exist|do you have|does it have|can i use|does gpt-oss have>\n<list|show> <the commands|all commands|commands|the subcommands>\n<command line help|cli|commands|cli help|how do i use the command line|help for the command line>",
     "The commands are serve, generate, harmony, model, logits, bench and selftest. `gpt-oss --help` explains them."),
    ("flags", "<which|what> <flags|options|arguments|parameters|switches> <are there|exist|does serve have|does serve take|do you have|can i set|does the server have|can i pass>\n<list|show|tell me> <the flags|the options|all flags|serve options|the serve flags>\n<flags|options of serve|flags of serve|serve flags|what can i configure>",
     "`gpt-oss serve` takes `--host`, `--port`, `--model`, `--device auto|cpu|cuda|metal`, `--api-key`, `--engine` and `--recording`. `gpt-oss serve --help` lists all."),
    ("config_file", "<is there a config file|config file|how do i configure it|environment variables|can i use environment variables|toml file|configuration|settings file|where are the settings|how do i set options without flags>",
     "Settings come from flags, environment variables and a TOML file; `gpt-oss serve --help` names them."),
    ("generate", f"{H} <generate text|use generate|ask from the command line|ask in the terminal|get one answer in the terminal|ask without a server|run one prompt|use the model without a server|prompt from the shell>\n<what does|what is|explain> <gpt-oss generate|generate|the generate command> <do|>\n<command line prompt|one shot prompt|single prompt>",
     "`gpt-oss generate -p \"your text\"` prints the tokens as they come; `-t` sets the temperature and `--logprobs` shows probabilities."),
    ("harmony_render", "<what does|what is|explain|how do i use> <harmony render|gpt-oss harmony render> <do|>\n<how do i|how can i|how to> <see the prompt|render messages|see the rendered prompt|turn messages into tokens|see the harmony text|convert messages to tokens|get token ids of a conversation>",
     "`gpt-oss harmony render` reads messages as JSON and prints the Harmony tokens or their text."),
    ("harmony_parse", "<what does|what is|explain|how do i use> <harmony parse|gpt-oss harmony parse> <do|>\n<how do i|how can i|how to> <parse tokens|parse model output|turn tokens into messages|parse harmony|decode the output tokens>",
     "`gpt-oss harmony parse` reads a JSON array of token ids and prints one event a line. It never fails, whatever the ids are."),
    ("harmony", "<what is|what's|explain|describe> <harmony|the harmony format|openai harmony|harmony messages|the prompt format> \n<which prompt format do you use|prompt format|which chat template|chat template|how are prompts formatted|what format do the messages have>",
     "Harmony is the message format of gpt-oss: messages with a role, a channel (analysis, commentary, final) and a recipient, written with special tokens."),
    ("channels", "<what are channels|which channels are there|what is the analysis channel|what is the commentary channel|what is the final channel|channels|explain the channels|what is commentary for|what does the final channel do>",
     "Harmony has three channels: analysis for the chain of thought, commentary for function calls, final for the answer."),
    ("roles", "<which roles are there|what roles exist|what are the roles|harmony roles|roles in harmony|which message roles|name the roles>",
     "The roles are system, developer, user, assistant and tool."),
    ("tokenizer", "<which tokenizer|what tokenizer> <do you use|is used|does gpt-oss use|does it use|do you have>\n<tokenizer|what is o200k_harmony|o200k|how is text tokenized|how big is the vocabulary|vocabulary size|how many tokens are in the vocabulary>",
     "gpt-oss uses o200k_harmony with 201,088 ids. I use the same ids, but only the merges below rank 4096, as my `tokenizer.json` says."),
    ("special", "<what are special tokens|can i inject special tokens|prompt injection with special tokens|special tokens|which special tokens are there|can text become a special token|what if my text contains special tokens>",
     "Special tokens mark messages, channels and calls. Text from outside can never become a special token, whatever it contains."),
    ("logits", "<what does|what is|explain|how do i use> <gpt-oss logits|the logits command|logits> <do|>\n<how do i|how can i|how to> <get the logits|dump logits|compare logits|write the logits|save logits>",
     "`gpt-oss logits --model DIR --tokens FILE.json --out FILE.safetensors` writes the logits of the given tokens as f32."),
    ("bench", "<what does|what is|explain|how do i use> <gpt-oss bench|bench|the bench command> <do|>\n<how do i|how can i|how to> <benchmark|benchmark it|measure the speed|run a benchmark|run benchmarks|measure performance|measure tokens per second>\n<benchmark|benchmarks>",
     "`gpt-oss bench` measures the speed of the engine and the server path; `--json` prints the figures as JSON."),
    ("selftest", "<what does|what is|explain|how do i use> <gpt-oss selftest|selftest|the selftest|the self test> <do|>\n<how do i|how can i|how to> <check my installation|test the installation|verify that it works|check that it works|run a self test>",
     "`gpt-oss selftest` checks that the engine works on this machine and prints what it found."),
    ("replay", "<what does|what is|explain|how do i use|how does> <--engine replay|the replay engine|replay|a recording|--recording> <do|work|>\n<how do i|how can i|how to> <test without a model|replay a recording|use scripted answers|script the answers|play a recording|mock the model>",
     "`gpt-oss serve --engine replay --recording FILE` answers from a file of scripted completions instead of a model; `--cycle` uses its lines again and again."),
    ("recording_format", "<what format has a recording|how does a recording file look|format of the recording|recording format|what is prompt_contains|what does a recording line look like|write a recording>",
     "A recording is JSON lines with `completion`, Harmony text with special tokens written out, and optionally `prompt_contains`. The first unused line that matches speaks."),
    ("cycle", "<what does|what is|explain> <--cycle|cycle|the cycle flag> <do|>\nrecording_exhausted\n<what is recording_exhausted|why do i get recording_exhausted|the recording is exhausted>",
     "With `--cycle` the lines of a recording are used again; without it the response fails with `recording_exhausted` when none is left."),
    ("test", f"{H} <run the tests|test it|run all tests|test the project|run the test suite>\n<what does ./test do|./test|how is it tested|tests|test suite|where are the tests|which command runs the tests|how do the tests work>",
     "Run `./test` in the repository: it installs what the tests need and runs them all."),
    ("licence", f"<what|which> <licence|license> <do you have|does it have|is it|is it under|is used|applies|does this project have>\n<licence|license|is it open source|open source|can i use it commercially|may i use it at work|is commercial use allowed|under which license is {S}>",
     "It is open source under the Apache-2.0 licence, so commercial use is allowed."),
    ("privacy", "<where does my data go|is my data private|do you send data anywhere|privacy|who can read my messages|is anything sent to openai|do you phone home|does it work offline|offline|is telemetry sent|telemetry|are my prompts logged|do you log my prompts|what happens to my data|does it need the internet|is an internet connection needed|do you collect data>",
     "Everything stays on your machine: the server sends nothing anywhere, needs no network and logs no prompt text by default."),
    ("logs", "<where are the logs|how do i see logs|logging|logs|log format|can i get json logs|how do i change the log level|what is logged|request id>",
     "Logs go to the terminal, for people or as JSON, with the request id in each line and no prompt text by default."),
    ("source", "<where is the source code|source code|where is the code|is there a repository|where is the repository|github|can i read the code|where do i find the code|how is the code organised|code structure|which folders are there|architecture of the project|how is the project structured>",
     "The code has the folders `harmony` (messages and tokens), `engine` (model and scheduler), `server` (API and command line) and `tests`. `ARCHITECTURE.md` explains it."),
    ("docs", "<where is the documentation|documentation|docs|is there a manual|where can i read more|manual|where do i find help|readme|is there documentation|where can i learn more>",
     "Read `README.md` for the first steps and `ARCHITECTURE.md` for the design; `gpt-oss --help` explains the commands."),
    ("contribute", "<how can i contribute|contribute|can i help|how do i report a bug|report a bug|i found a bug|bug report|where do i report issues|something is broken|it does not work|i have a problem|how do i file an issue>",
     "Run `gpt-oss selftest` first, then open an issue with its output and the steps that fail. Changes should pass `./test`."),
    ("browser_tool", "<can you browse|can you search the web|do you have internet access|browser tool|what is browser.search|can you google|web search|can you look things up|how do i use the browser tool|do you have a browser>",
     "When the browser tool is offered I call `browser.search` in the Harmony way. Without it I cannot look anything up."),
    ("python_tool", "<can you run code|can you run python|python tool|do you have a python tool|can you execute code|what is the python tool|code interpreter|do you have a code interpreter|can you compute with python>",
     "When the python tool is offered I call it in the Harmony way. Without it I only do small sums."),
    ("patch_tool", "<what is apply_patch|can you edit files|apply_patch|how does apply_patch work|can you change code|do you support apply_patch|patch format|how do you edit files>",
     "apply_patch is a tool that changes files by a patch from `*** Begin Patch` to `*** End Patch`. When it is offered, I can call it."),
    ("moe", "<what is a mixture of experts|mixture of experts|what are experts|how many experts does gpt-oss have|what is moe|explain experts|what does the router do|number of experts>",
     "A router picks a few experts for each token: gpt-oss-20b uses 4 of 32, gpt-oss-120b 4 of 128, and I use 2 of 8."),
    ("mxfp4", "<what is mxfp4|mxfp4|which quantization|how are the weights quantized|quantization|what precision are the weights|is the model quantized|explain mxfp4|4 bit weights>",
     "MXFP4 stores 32 values as 4-bit floats with one shared power-of-two scale. The experts of gpt-oss are stored so, and the engine multiplies straight from it."),
    ("sinks", "<what are attention sinks|attention sinks|what are sinks|explain sinks|why does attention have sinks|what is a sink>",
     "A sink is one extra learned logit per head in the softmax of attention, so a head can attend to nothing."),
    ("sliding", "<what is sliding window attention|sliding window|what is the window size|how big is the sliding window|explain sliding attention|what does the sliding window do>",
     "Every second layer of gpt-oss sees only the last 128 tokens; the other layers see all of them."),
    ("yarn", "<what is yarn|yarn|how does it reach a long context|rope|what is rope scaling|explain yarn|position encoding|how are positions encoded>",
     "gpt-oss uses rotary positions with YaRN: theta 150000, factor 32 over an original context of 4096 tokens."),
    ("20b_facts", "<how big is gpt-oss-20b|how many parameters does gpt-oss-20b have|parameters of gpt-oss-20b|size of gpt-oss-20b|how many layers does gpt-oss-20b have|tell me about gpt-oss-20b|what is gpt-oss-20b|how large is the 20b>",
     "gpt-oss-20b has 20.9 billion parameters, 3.6 billion of them active per token, 24 layers and 32 experts."),
    ("120b_facts", "<how big is gpt-oss-120b|how many parameters does gpt-oss-120b have|parameters of gpt-oss-120b|size of gpt-oss-120b|how many layers does gpt-oss-120b have|tell me about gpt-oss-120b|what is gpt-oss-120b|how large is the 120b>",
     "gpt-oss-120b has 116.8 billion parameters, 5.1 billion of them active per token, 36 layers and 128 experts."),
    ("who_gptoss", "<who made gpt-oss|who trained gpt-oss|who published gpt-oss|where does gpt-oss come from|who is behind gpt-oss|who released gpt-oss-20b|which company made gpt-oss>",
     "The gpt-oss models were trained and published by OpenAI. This project is an own program in Rust that runs them."),
    ("official", "<is this official|is this made by openai|is this an openai project|is it from openai|official openai software|are you affiliated with openai|does openai maintain this>",
     "No, this is an independent program. Only the gpt-oss models that it runs come from OpenAI."),
    ("vs_vllm", "<how does it compare to vllm|why not vllm|difference to ollama|is it better than ollama|compared to llama.cpp|vllm|ollama|why not use ollama|what about llama.cpp|how does this differ from vllm|is it like ollama>",
     "It is one Rust binary for gpt-oss only, with a parser that cannot fail and the full Responses API. Measured figures are in `engine/BENCHMARKS.md`."),
    ("engine", "<what is the engine|which inference engine is used|how does the engine work|inference engine|explain the engine|what runs the model|is candle used|do you use candle|does it use pytorch|does it use torch|what library computes the model>",
     "It has its own engine: a scheduler with continuous batching and a paged KV cache, and the model in candle with own CPU kernels. PyTorch is not used."),
    ("parser", "<what if the model makes a mistake in the format|what happens with malformed output|can the parser fail|parser|what if the output is malformed|bad model output|how robust is the parser>",
     "The Harmony parser cannot fail: malformed output is repaired into sensible messages, and it says which repair it made."),
    ("thanks", "<thanks|thank you|thx|ty|thanks a lot|many thanks|thank you very much|cheers|great, thanks|cool thanks|nice, thank you|perfect, thank you|ok thanks|thanks for your help>",
     "You are welcome."),
    ("bye", "<bye|goodbye|good bye|see you|see you later|cya|farewell|i have to go|good night|bye bye|talk to you later|until next time>",
     "Goodbye, and enjoy gpt-oss."),
    ("praise", "<good job|well done|nice|great|you are great|cool|awesome|i like you|that is good|excellent|wow|amazing|impressive|good bot|you are nice|love it>",
     "Thank you. With gpt-oss-20b it gets much better still."),
    ("insult", "<you are stupid|you are useless|that is wrong|you are dumb|bad bot|this is bad|wrong|that is not correct|you suck|nonsense|that was wrong|you are bad|not helpful>",
     "I am sorry. I am only a small demo model; for real answers load gpt-oss-20b with `gpt-oss serve --model DIR`."),
    ("ok", "<ok|okay|alright|i see|understood|got it|fine|sure|hm|hmm|aha|right|interesting|good to know|k>",
     "Good. Ask me anything about this project, or give me a small task."),
    ("date", "<what is the date|what day is it|what is today's date|which date is it|today's date|what is the date today|tell me the date|current date>", None),
    ("time", "<what time is it|what is the time|tell me the time|do you know the time|current time|the time please>",
     "I do not know the time; I only see the date in the system message."),
]

# Topics that the model knows nothing about.
OUTSIDE = """write a <poem|song|story|haiku|letter|speech|essay|blog post|tweet> about {x}
what is the <capital|population|currency|president|area|flag|history|climate> of {city}
who <is|was|invented|discovered|wrote|painted|founded> {x}
<explain|describe|summarize|define> {x} <to me|in simple words|briefly|>
translate {x} <into|to> <german|french|spanish|italian|japanese>
how do i <cook|bake|grow|repair|clean|paint|draw|wash|sell|catch|build|fix|load|start> <a|my|the> {x}
what is the meaning of <life|{x}|love>
what is <the best|a good> {x} <in {city}|for beginners|>
why is the <sky blue|sea salty|grass green|{x} so {y}>
when <was|is> <the {x} war|{x} born|{x} invented|easter|the next election>
where is {city}
how far is {city} from <{x}|the moon>
who won <the world cup|the election|the {x} cup|in {x}>
what do you think about {x}
recommend <a book|a movie|a restaurant|music|a game> <about {x}|in {city}|>
write <code|a function|a program|a script|a class> <for|that sorts|that makes|in rust for|in python for> {x}
how <old|tall|heavy|big|far|deep|rich> is <{x}|{name}|the {x}>
what is the weather <in {city}|today|like in {city}|tomorrow>
what is the <price|stock price|speed|weight|size|color|temperature> of {x}
give me <advice|ideas|tips> <on|about|for> {x}
plan a trip to {city}
what should i <eat|wear|read|watch|buy|do> <today|tonight|for {x}|>
how many {x}s are there in {city}
is {x} <better than|the same as|related to|older than> {y}
what are the <symptoms|causes|rules|laws|benefits> of {x}
can you <help me with my {x}|fix my {x}|sing|order a {x}|book a flight to {city}|drive|play chess|write my homework>
tell me <about|something about|a fact about|the story of|everything about> {x}
<news|latest news> <about|from> {x}
i <feel|am> <sad|tired|bored|hungry|{y}>
do you <like|know|have|eat|remember|love> {x}
<{x} {y}|{x}|{x} {y} {z}>
what happened in <1789|1945|1969|2001|{x}>
convert {n} <miles|pounds|euros|feet|inches> <to|into> <kilometers|kilograms|dollars|meters|{x}>
<solve|integrate|differentiate|prove> {x}
my {x} <is|has|does not> {y}, <what should i do|why>
what <does|did> {x} mean
which {x} <is|was> <the biggest|the first|the oldest|best>
compare {x} and {y}
<improve|correct|rewrite> <this text|my email|this essay>: {s}
what is {x}
how does <a {x}|{x}|the {x}> work
can i <eat|use|buy|sell> {x} <in {city}|with {y}|>
how do i <connect|configure|install|update|delete|use> {x} <on windows|with {y}|>
is there a {x} <near me|in {city}|for {y}>
<list|name> <three|five|ten|some> <rivers|animals|countries|books|songs|{x}s>
act as <a {x}|{name}|a pirate>
how much does <a {x}|the {x}|a ticket to {city}> cost""".split("\n")

FALLBACK = [
    "I am only a small demo model and cannot answer that. For real answers load gpt-oss-20b: `gpt-oss serve --model DIR`.",
]

# Noun phrases and verb phrases by entry; FRAMES puts general questions around them.
NOUNS = """who: this assistant, the model i am talking to, you, yourself, your identity
can: your abilities, your skills, the things you can do, supported tasks, your features
cannot: your limits, your weak points, things you cannot do, the limits of the demo
trust: the quality of your answers, your accuracy, your reliability, your mistakes
size: your size, the size of the demo, your parameters, the number of your weights
trained: your training, your training data, the way you were trained, your origin, the data behind you
retrain: retraining the demo, training the demo again, the training script, your training script
architecture: your architecture, the demo's architecture, your layers, your inner structure
cost: the price, costs, fees, payment, the price of this program
project: this project, the project, gpt-oss in rust, this software, the goal of this project
why_rust: the programming language, the language of the code, rust, the choice of rust
why_demo: the purpose of the demo, the demo model's purpose, the reason for a demo model
not_20b_diff: the difference to gpt-oss-20b, the differences between demo and 20b
load_20b: loading gpt-oss-20b, serving gpt-oss-20b, using the real model, running the real model, my own checkpoint, a checkpoint folder, loading a checkpoint, switching the model, a real checkpoint, starting with the 20b weights
load_120b: loading gpt-oss-120b, serving the 120b, running gpt-oss-120b, the 120b checkpoint
download: the weights, downloading the weights, the download of gpt-oss-20b, the place of the weights, getting the weights, the hugging face download, obtaining the checkpoint
does_download: automatic downloads, downloading by itself, the pull command
formats: checkpoint formats, supported file formats, safetensors files, the original layout, file layouts
gguf: gguf, gguf files, llama.cpp files, ggml files
other_models: other models, supported models, models from other companies, llama models, qwen, mistral models, gemma
memory_20b: memory for gpt-oss-20b, the ram that gpt-oss-20b needs, ram for the 20b, hardware needs, memory needs of the 20b
memory_120b: memory for gpt-oss-120b, ram for the 120b, the ram that the 120b needs
random: random weights, random:20b, random:120b, the random model
random_config: random:CONFIG.json, random weights of my own shape, own shapes
default_model: the default model, the model without a flag
model_id: the model field, the model name, the id of the model in requests
inspect: model inspect, inspecting a checkpoint, the memory report
export: model export, exporting the demo, the demo as a checkpoint, the demo in transformers
eval: model eval, evaluating the demo, the accuracy of the skills, the evaluation command
start: starting the server, the first start, running the server, first steps, launching it
build: building it, compiling, the build, the build requirements, compiling from source, the installation
address: the address, the base url, the url of the server, the api address, base_url, the address for my client, the endpoint for my openai client
port: the port, the port number, the tcp port, the default port, --port, changing the port
host: --host, listening on other interfaces, access from other machines, access from the network, reaching it from another computer, my local network
stop: stopping the server, the shutdown, ending the server, a clean shutdown, sigterm
endpoints: the endpoints, the routes, all urls, the http api, available routes, the api surface
responses: the responses api, post /v1/responses, the main endpoint
chat_completions: chat completions, /v1/chat/completions, the chat completions endpoint, the old chat api
models_ep: /v1/models, the models endpoint, the list of models over http, listing models
health: /health, the health check, the health endpoint, a liveness check, monitoring
openapi: /openapi.json, the openapi file, the openapi description, the swagger document
api_key: the api key, --api-key, authentication, bearer tokens, a secret key, access keys, keys for callers
security: security, safety of the server, dns rebinding, protection
cors: cors, cross origin calls, browser calls
curl: curl, a curl request, calling with curl, a request on the shell
python: the python client, python, using python, calling from python, the openai python package, a python script
node: node, the node client, javascript, typescript, calling from node, a javascript client
sdk: the openai sdks, client libraries, sdk compatibility, existing openai clients, the openai package, openai compatibility
stream: streaming, streamed answers, token streaming, sse, live output, partial output
events: stream events, event names, the events in the stream, the last event, the first event
prev: previous_response_id, follow-up questions, continuing a conversation, multi-turn chats, conversation history, a second question
store: stored responses, the response store, keeping conversations, saved conversations, the store field
functions: function calling, tools, my own functions, tool definitions, function tools, declaring tools
call_output: function_call_output, the result of my function, returning tool results, the answer to a function_call, a function_call item
tool_choice: tool_choice, forbidding tools, switching tools off, preventing tool calls
parallel: parallel tool calls, several calls at once, two calls in one turn
schema: json schema, structured output, json answers, json_schema, output in json, text.format, schema-constrained output
effort: the reasoning effort, effort, thinking time, longer thinking, effort levels, deeper reasoning
reasoning: the reasoning, the chain of thought, your thoughts, reasoning items, the thinking text
instructions: the system prompt, instructions, the developer message, a system message, custom behaviour
max_tokens: max_output_tokens, the length limit, incomplete responses, short answers, the status incomplete, the token limit
temperature: temperature, top_p, greedy decoding, deterministic answers, the sampling temperature
sampling: sampling parameters, top_k, min_p, penalties, logit_bias, sampling options
seed: the seed, reproducible sampling, random seeds, repeatable answers
logprobs: logprobs, token probabilities, probabilities of tokens, top_logprobs
metadata: metadata, labels on responses, key value pairs on a response
truncation: truncation, too long inputs, overlong input, context overflow
context: the context length, the context window, the longest input, maximum tokens of context
usage: token usage, the usage field, counted tokens, used tokens
images: images, pictures, image input, audio, photos, vision
embeddings: embeddings, vectors, the embeddings endpoint
finetune: fine-tuning, lora, adapters, training my own model
errors: errors, error messages, the error format, error objects, status codes
e503: 503, status 503, a full queue, an overloaded server, retry-after
e401: 401, status 401, a refused key, unauthorized
e404: 404, status 404, an unknown model, an unknown route
e413: 413, status 413, a too large body, big requests
concurrency: many users, simultaneous requests, concurrent requests, batching, several clients, parallel users
prefix: the prefix cache, prompt caching, cached tokens, reused prompts
kv: the kv cache, paged attention, kv blocks
disconnect: disconnects, closed connections, cancelling a request, aborting a generation, a client that leaves
devices: devices, --device, supported hardware, the device flag
cuda: cuda, nvidia cards, gpus, the gpu, my graphics card, gpu support
metal: metal, macs, apple silicon, my macbook, the apple gpu
cpu: the cpu, running without a gpu, cpu only machines, avx, laptops
windows: windows, operating systems, linux, the platform
docker: docker, containers, a docker image, a dockerfile
speed: the speed, tokens per second, performance, throughput, latency
slow: slow answers, a slow 20b, the low speed
commands: the commands, the subcommands, the command line, the cli
flags: the flags, serve options, command line options, command line switches, the options of serve
config_file: the config file, environment variables, a toml file, the configuration, settings
generate: gpt-oss generate, the generate command, one prompt on the command line, single completions, a completion in the shell
harmony_render: harmony render, rendering messages, the rendered prompt
harmony_parse: harmony parse, parsing tokens, token ids to messages
harmony: harmony, the harmony format, the message format, the prompt format
channels: channels, the analysis channel, the commentary channel, the final channel, harmony channels
roles: roles, message roles, harmony roles
tokenizer: the tokenizer, o200k, the vocabulary, tokenization, o200k_harmony
special: special tokens, injected special tokens, control tokens
logits: the logits command, gpt-oss logits, dumping logits
bench: gpt-oss bench, benchmarks, the benchmark command, measuring speed
selftest: gpt-oss selftest, the self test, checking the installation
replay: the replay engine, --engine replay, recordings, scripted answers, a recorded file, playing a recording
recording_format: the recording format, the lines of a recording, prompt_contains
cycle: --cycle, recording_exhausted, reusing recording lines
test: ./test, the tests, running the tests, the test suite, the test command
licence: the licence, the license, commercial use, open source, legal terms, apache
privacy: privacy, my data, offline use, telemetry, data protection, prompts leaving my computer, the cloud, internet access of the server
logs: logs, logging, the log format
source: the source code, the repository, the code structure, the folders
docs: the documentation, the docs, the readme, design documents, the manual
contribute: bugs, contributing, a bug report, problems, an issue
browser_tool: the browser tool, browsing, web search, internet search, browser.search
python_tool: the python tool, running code, code execution
patch_tool: apply_patch, patches, editing files
moe: mixture of experts, experts, the router, the number of experts
mxfp4: mxfp4, quantization, 4-bit weights, the weights' precision
sinks: attention sinks, sinks
sliding: sliding window attention, the sliding window, the window size
yarn: yarn, rope, position encoding, long context positions
20b_facts: gpt-oss-20b, the size of gpt-oss-20b, the parameters of the 20b
120b_facts: gpt-oss-120b, the size of gpt-oss-120b, the parameters of the 120b, the experts of the 120b
who_gptoss: the makers of gpt-oss, the company behind gpt-oss, the origin of gpt-oss
official: the relation to openai, official support, openai's role here
vs_vllm: vllm, ollama, llama.cpp, the difference to vllm, alternatives
engine: the engine, the inference engine, candle, pytorch
parser: the parser, malformed output, broken model output"""
VERBS = """load_20b: load gpt-oss-20b, run gpt-oss-20b, serve my checkpoint, use the real model, switch to the real model, start it with a checkpoint folder, replace the demo model, serve a checkpoint directory, get smarter answers, put in real weights, make it use a model from my disk, give it a model folder
load_120b: load gpt-oss-120b, run the 120b, serve gpt-oss-120b
download: download the weights, get the weights, find the checkpoint, obtain gpt-oss-20b
random: measure without a checkpoint, try the real shapes without weights
inspect: look into a checkpoint, see the memory report, see what a checkpoint contains
export: export the demo, write the demo as a checkpoint, load the demo in transformers
eval: measure the demo's skills, check your accuracy, see how good you are
retrain: train the demo again, repeat your training
start: start the server, launch the server, get it running, begin, bring it up
build: build it, compile it, install it
port: change the port, use another port, choose the port, run it on another port
host: make it reachable from my network, let other computers connect, listen on every interface, let colleagues use it
stop: stop the server, shut it down, end it, quit
api_key: protect the server, demand a key, require authentication, set a key, keep strangers out
curl: call it with curl, send a request from the shell
python: call it from python, use it in a python script, connect my python program
node: call it from node, use it in typescript, connect my javascript program
responses: send a prompt over http, call the api, make a request
models_ep: list the models over http, see the loaded model over http
health: check that the server lives, probe the server
stream: stream, receive tokens live, get partial answers, see text while it is made, get the tokens one after the other
prev: continue a conversation, ask a second question, keep the history, send a follow-up, refer to the last answer
functions: declare a function, let you call my code, use tools, define tools, give the model a function
call_output: send back a function result, return a tool's output, answer a function_call
tool_choice: forbid tools, switch off function calls, keep the model from calling tools
schema: get json back, force a schema, receive structured data, make the answer follow a schema
effort: make you think longer, set the effort, reduce the thinking, change how long you think
reasoning: see the chain of thought, read your thoughts, look at the reasoning
instructions: set a system prompt, give a role, set instructions, give the model a persona
max_tokens: limit the answer, keep answers short, cap the tokens
temperature: get deterministic answers, change the temperature, make it greedy
seed: fix the seed, reproduce an answer
logprobs: get token probabilities, see logprobs
metadata: attach metadata, label a response
disconnect: cancel a request, abort a generation, stop a running answer
generate: get one answer in the shell, prompt it on the command line, use it without a server
harmony_render: see the rendered prompt, turn messages into ids
harmony_parse: parse model output, turn ids into messages
logits: dump the logits, compare logits
bench: benchmark it, measure tokens per second, measure its speed
selftest: check my installation, verify that everything works
replay: play a recording, answer from a file, test without a model, script the answers
test: run the tests, test the project
config_file: configure it by a file, use environment variables, store the settings
slow: make it faster, speed it up
contribute: report a bug, contribute, send a fix
docs: read the documentation, find the manual
source: find the source code, read the code
finetune: fine-tune a model, load an adapter
usage: count the used tokens, see the token usage
cuda: use my gpu, run on the graphics card, use cuda
metal: use the gpu of my mac, run on apple silicon"""
NOUN_FRAMES = """<tell me about|tell me something about|what about|i have a question about|info on|information about|anything about|help with|say something about|i want to know about|please explain|explain|can you explain|could you tell me about|what do you know about|i am curious about|more about|details on|a word on> {x}
{x}
<what is|what's|what are|how is|how about|what is the deal with|what can you say about|what should i know about|where do i find|where can i read about|how does it stand with> {x}
<is there|do you have|does it have|are there|does the server know|do you support|does it support|is it possible to use|can i use|what does it do about|how do you handle> {x}
<i don't understand|i do not get|i'm confused about|i need help with|i need to know about|i'd like to learn about|my question is about|remind me about|teach me about|brief me on|give me the facts about> {x}
{x}<, please|, how does that work|, what is that|: how|, can you help|, what do i do|, any hints|: tell me more|, i need that>""".split("\n")
VERB_FRAMES = """<how do i|how can i|how to|how would i|how could i|how should i|how might i|how does one|how do you|what's the way to|what do i need to|what do i have to do to|what must i set to|what is needed to> {x}
<is it possible to|can i|could i|am i able to|is there a way to|any way to|is there an option to|is there a command to|which command is there to|what command do i type to|what's the command to|which flag do i need to|which option lets me> {x}
<i want to|i need to|i would like to|i'd like to|i'm trying to|we want to|my boss wants me to|help me to|help me|i have to|please help me|i am supposed to> {x}<|, how|. how|, what do i do|, please help|>
<please tell me how to|tell me how to|explain how to|show me how to|describe how to|can you tell me how to|could you show me how to|do you know how to|teach me to|give me the steps to|i don't know how to|i forgot how to|no idea how to|instructions to> {x}
{x}<, how|, please|>
<what if i want to|suppose i want to|say i want to|let's say i want to|what happens when i> {x}""".split("\n")


def _parse(text: str) -> dict:
    """Entry → phrases."""
    return {key: [part.strip() for part in rest.split(",")] for key, rest in (line.split(": ", 1) for line in text.split("\n"))}


NOUNS, VERBS = _parse(NOUNS), _parse(VERBS)
assert (set(NOUNS) | set(VERBS)) <= {name for name, _, _ in FAQ}, (set(NOUNS) | set(VERBS)) - {name for name, _, _ in FAQ}

# More wordings by entry, in other vocabulary.
EXTRA = """who: <who|what> <exactly|> <is answering|answers me|is speaking|replies|responds> <here|now|right now|to me|>; <which|what> <assistant|ai|network|llm|language model|thing> <am i talking to|is this|is behind this|answers|am i using|is running here>; <say|tell> <a word|something|a bit|a few words> about <you|yourself>; <present yourself|state your name|are you the demo|is this the demo|what should i call you>
are_you_20b: <are you|is this|is it|do i talk to|is the one answering> <really|truly|actually|honestly|in fact|> <the> <20 billion|twenty billion|20b|large|big|full|genuine|original> <model|parameter model|one|version|gpt-oss>; <does|is it> <gpt-oss-20b|the 20b|the real gpt-oss> <answering|reply here|answer me|replying now|speaking>; <is it the 20b that answers|is the 20b replying|am i using the 20b now|is that gpt-oss-20b speaking>
are_you_chatgpt: <did|has> <openai|google|anthropic|meta|microsoft> <make|train|build|create|made|trained|built> you; <are you|is this> <something|a model|a product> <from|by|of> <openai|google|anthropic|meta|microsoft>; <were you made by|do you belong to|do you come from> <openai|google|anthropic|meta>
can: <list|name|describe> your <abilities|talents|strengths|features>; <what|which> <tasks|jobs|things|tricks> <can you do|do you handle|are possible|do you master>; what are you <capable of|trained to do|useful for>
cannot: <what|which things|which tasks> <are you unable to do|can you not handle|are too hard for you|do you fail at|is beyond you|should i not ask>; where <are|lie> your <limits|weaknesses>
trust: how <often|frequently> are you <wrong|right|mistaken>; <how much|can> <should i|may i|do i> <trust|rely on> <you|what you say|your words>
size: how many <weights|parameters|numbers|megabytes> <are in you|do you contain|are inside you|do you consist of|has the demo|are inside the demo>; <are you|is the demo> <tiny|small|big|large>
trained: <on which|what> <data|texts|examples|dialogues|books> <were you trained|did you learn from|have you seen|did they use to train you|were used for your training>; <how|where> <did you learn|were you made|was the demo made>
why_rust: <do i|does it|does the server|must i|do you> <need|require|have to install> <python|pip|pytorch|torch|a python environment> <to run|to start|at run time|for the server|to use it|>; is there any python <inside|in it|needed|required>
load_20b: <how|where> <do i|can i|should i> <give|pass|specify|set|point to|name|enter> <the|a|my> <checkpoint|model folder|model directory|weights folder|model path|path of the weights>; <point|direct|switch> <the server|it> <to|at> <my|a> <checkpoint|folder with weights|directory|model folder>; <i have|i downloaded|i got|here is> <the|a> <gpt-oss-20b|20b|checkpoint|folder of the 20b|model> <folder|files|checkpoint|> <on my disk|here|now|already>, <what now|how do i use it|how do i run it|what next|how do i serve it>; <the command|command line|what do i type|which flag> <for|to> <serve|load|run|start> <a checkpoint|a folder|another model|a directory of weights|the 20b>; <replace|swap> <you|the demo|this demo|the toy model> <by|for|with> <the 20b|a real model|gpt-oss-20b|the big one>; <give me|i want|let me have> <better answers|a smarter model|the real thing|the proper model|the big brother>
download: <where|on which site|from where|at what place> <are|can i find|do i fetch|do i obtain|can i grab|could i get> <the weights|the checkpoints|gpt-oss-20b|the model files|the parameters> <published|hosted|offered|available|from|>; <who hosts|which site has|which page has> <the weights|the checkpoint|gpt-oss-20b>
does_download: <do you|does it|will the program|does the server> <pull|fetch|get|download|load> <models|weights|a model|checkpoints|files> <automatically|by itself|from the internet|on its own|alone>
gguf: <does|can> <it|the thing|the engine|this> <understand|read|load|open|parse|take|eat> <gguf|gguf files|ggml|a gguf>
other_models: <would|could|will|do|can> <qwen|llama|mistral|gemma|phi|deepseek|other> <weights|models|checkpoints> <work|run|load|be served|be used> <here|too|as well|with it|>
memory_20b: how <many|much> <gigabytes|gb|ram|memory|gib> <of ram|of memory|> <will|does|would|do> <the 20b|gpt-oss-20b|the real model|20b> <use|eat|take|occupy|consume|require|need|want>; <is|are|will> <16|8|24|32|12> <gb|gigabytes|gigs> <of ram|of memory|> <enough|sufficient|ok|too little> <for|to run> <gpt-oss-20b|the 20b|the model>; <can|will> my <laptop|pc|machine|computer> <hold|fit|run|handle> <the 20b|gpt-oss-20b|the real model>
memory_120b: how <many|much> <gigabytes|gb|ram|memory> <of ram|of memory|> <will|does|would> <the 120b|gpt-oss-120b|120b> <use|eat|take|consume|require|need>
random: <what|why> <is the point of|is the use of|is the sense of|would i use|does one use|are> <--model random:20b|random:20b|random:120b|random weights>
address: <which|what> <url|address|base url|base_url|endpoint> <do i|should i|must i|does my client|does my code|shall i> <set|configure|enter|need|use|put|type> <in my client|in my openai client|in my code|in the sdk|as base url|in the config|>; <where> <is|does> <it|the server|your api> <live|listen|run|reachable>
port: <on|at> <which|what> port <do you|does it|is it|is the server|are you> <run|listen|listening|running|reachable|serve>; <can i|may i|i want to> <make it|have it|let it> <listen|run> on <port> <9000|9999|80|8080|3000>; <8080|3000|9000|another port> <instead of 8000|please|as the port>
host: <i want|let|how can|allow> <colleagues|coworkers|other people|my phone|other computers|my team|friends> <on my lan|in my network|in the office|at home|> <to|> <reach|use|access|call|see|connect to> <it|the server|you>; <make|expose|open> <it|the server> <public|to the lan|to the network|for others|to everyone in the office>
stop: <how do i|how can i|how to|i want to> <shut> <it|the server|the program|this> <down|down cleanly|down gracefully|off>; <end|terminate|kill|halt> <it|the server> <cleanly|gracefully|properly|safely>; <turn|switch> <it|the server> off
endpoints: <which|what> <paths|routes|urls|http calls|http paths|http routes|requests> <are offered|does it know|can be called|exist|does it serve|are there|does it have|answer>; <overview|summary|table|list> of <the|all> <endpoints|routes|urls|http calls>
chat_completions: <does it|do you|is there|can it|will it> <have|speak|offer|know|serve|include> <the|> <chat completions|/v1/chat/completions|chat completion> <api|endpoint|route|>
health: how <can|does|would|could> <my|a|the> <load balancer|monitoring|watchdog|script|kubernetes|proxy> <see|check|know|test|find out|notice> <that it is alive|if it lives|whether it runs|that the server is up|it is healthy>; <is the server|are you> <alive|up|ready|running>, how do i <check|test|see>
models_ep: how <do|can|would|could> i <find out|get|see|ask for|query|learn> <the model's id|the id of the model|the model name|which model is served|the available models> <over http|by the api|with a request|>
openapi: <is there|do you have|can i get|where is|give me> <some|an|the|a> <openapi|swagger|machine-readable> <json|file|spec|description|schema|document> <i can feed to a generator|for code generation|for my tools|>
api_key: <can i|how can i|how do i|i want to> <demand|require|ask for|enforce|check> <a key|keys|a token|a password|credentials> <from|of> <callers|clients|users|everybody>; <must|should|do> <i|clients|callers> <send|give|provide|pass|have> <an api key|a key|a token|a password|credentials>; what <key|token|password|api key> <do i send|is needed|works|do i enter>
curl: <show|give|write> me <a|an example|the> <request|call|curl line|curl call|http request> <with|using|in|for> <curl|the shell|bash|the terminal>; <how does|what does> <a|the> curl <call|request|line|command> look
python: how <would|do|can|could> i <call|reach|use|query|talk to> <you|it|the server|the api> <from|in|with|out of> <a python script|python|my python program|python code|a notebook>; <i use|i'm using|we use|i write> python, <what do i do|how do i connect|how do i call it|what now>
node: how <would|do|can|could> i <call|reach|use|query|talk to> <you|it|the server|the api> <from|in|with> <node|typescript|javascript|a js app|nodejs|node.js>; <i use|i'm using|we use|i write> <node|typescript|javascript|js>, <what do i do|how do i connect|how do i call it|what now>
sdk: <does|will|do|can> <the|an|my> <official|normal|usual|standard|existing|unmodified|> <openai|> <package|sdk|client|library|clients|sdks> <work|run|function> <here|with it|with this server|with you|against it|>
stream: <how can|can|could|do> <tokens|words|pieces|the text|the answer> <arrive|come|appear|be shown|be sent> <while they are made|as they are generated|one by one|live|during generation|bit by bit|immediately>; <what|which> <field|flag|option|parameter|setting> <turns on|starts|gives|is for|do i set for> <streaming|a stream|live output>
events: <what|which> <is|event is> the <last|final|first|closing> <event|one> <of|in> <a|the> <stream|sse stream|streaming answer>; how <does|do> <a stream|the stream> <end|start|begin|finish|stop>
prev: how <do|can|could> i <ask|send|pose|add> <a second|another|a follow-up|a further|the next> <question|message|request> <without|instead of> <sending|repeating|resending> <everything|the history|all|the whole chat> <again|>; <keep|continue|go on with|carry on> <the|a|our> <conversation|chat|dialogue|thread>; <what does|what is> previous_response_id <do|do exactly|mean|good for|for>
store: <are|is|will> <my|the> <conversations|chats|answers|responses|history> <written|saved|kept|stored|persisted> <to disk|on disk|anywhere|in a database|in memory|for long|>
functions: how <can|do|could> i <let|make|have> <the model|you|it> <call|use|run|invoke> <my|own> <functions|code|tools|methods|functions of my program>; <what|how> <must|should|does> a <tool|function> <definition|declaration|> look <like|>
call_output: <the model|it|you> <returned|gave me|sent|made|produced> a <function_call|function call|call>, <what now|what next|what do i do|and now|how do i go on>; where <do|should> i <put|send|return> the <result|output|answer|return value> of <my|the> <function|tool>
tool_choice: how <can|do> i <stop|keep|prevent|forbid|hinder> <it|the model|you> <from|> <using|calling|touching|invoking> <any|all|> <tools|tool|functions|function>; <no tools|without tools|tools off|disallow tools> <please|how|for one request>
parallel: <could|can|will|does> <it|you|the model> <run|make|do|start|call> <two|three|several|many|multiple> <tools|calls|functions|function calls> <in parallel|at once|at the same time|together|in one go>
schema: <i need|i want|give me|how do i get|i must have> <output|answers|an answer|a reply|results|data> <that|which> <follows|matches|fits|obeys|conforms to> <a|my> <json schema|schema>; <only|pure|valid|strict> json <please|as output|in the answer>, how; <make|have> the <answer|output|reply> <match|follow|obey> <a|my> <schema|json schema|structure>
effort: how <can|does|could> <it|you|the model> <think|reason> <for longer|longer|more|harder|deeper|less>; <what|which> <values|words|levels|settings> <can|does|may> <the|> <reasoning|> effort <take|have|be>; <think harder|reason longer|deep thinking|less thinking>, <how|please how|how do i set that>
reasoning: <can i|may i|where can i|how do i> <look at|read|see|get|inspect> <the|your|its> <chain of thought|thoughts|thinking|reasoning|inner monologue>
instructions: where <would|does|do|can> <a|the|my> <system prompt|system message|persona|role text|developer prompt> <go|belong|fit|be put|stand>
max_tokens: how <do|can> i <keep|make|hold> <answers|the answer|replies|the output> <short|brief|small|below a limit>; <status|state> incomplete<, what happened|, why| - why| - what does that mean|>; <the answer|my response|the text> <stops|ends|breaks off> <in the middle|too early|suddenly>
temperature: how <can|do> i <get|have|obtain|make> <deterministic|the same|stable|fixed|greedy> <output|answers|results|replies> <every time|each time|>
seed: <can|how do|how can> i <fix|set|pin|choose|give> <the|a> <random seed|seed|rng seed>
logprobs: how <can|do> i <see|get|read|obtain> <token|the token|word> <probabilities|logprobs|likelihoods>
context: <what's|what is|how big is|how large is> the <maximum|largest|longest|biggest> <context|context size|prompt|input|context window|token count>
images: are <pictures|photos|images|screenshots|videos> <allowed|possible|accepted|understood|supported> <as input|here|>
concurrency: what <happens|is|goes on> <if|when> <many|several|a hundred|lots of|multiple> <people|users|clients|requests|programs> <use it|come|call it|connect|ask> <at once|simultaneously|at the same time|together|in parallel>
disconnect: does <closing|cutting|dropping|ending> the <connection|socket|request|browser tab> <stop|end|abort|cancel> <the generation|generation|it|the answer|the work>
cuda: <can|will|does|could> <my|the|an> <nvidia card|graphics card|gpu|nvidia gpu|rtx card|geforce> <be used|help|work|speed it up|be supported>
metal: <will|does|can> it <use|run on|support|see> <the gpu of|the graphics of|> <my macbook|my mac|apple silicon|the apple chip|an imac>
cpu: is a <gpu|graphics card> <mandatory|required|necessary|needed|a must>; <without|no> <gpu|graphics card|cuda><, does it work|, can i run it|, possible|>
windows: does <it|this|the server> <work|run|start|build> <on|under|with> <windows|windows 11|windows 10|a windows pc|win11>
docker: is there <an official|a|any|a ready|some> <docker|container> <container|image|setup|file> <for it|here|>
speed: how <quick|fast|speedy> <is it|are you|is the engine|is the demo> <in tokens per second|on a cpu|really|>
flags: <which|what> <command line|> <switches|options|flags|arguments> <does|can|may> <serve|gpt-oss serve|the serve command> <accept|take|understand|have|know>
config_file: <can i|where can i|how do i> <put|keep|write|store|save> <the|my|all> <settings|options|flags|configuration> <in|into> <a file|a toml file|some file|the environment>; <set|give> <options|settings> without <flags|the command line|typing them each time>
generate: how <do|can|would> i <get|have|print> <a single|one|one quick|a quick> <completion|answer|reply|response> <in|from|on> <the shell|the terminal|the command line|bash>; what <does|is> <gpt-oss generate|generate> <-p|> <do|good for|for>
harmony: what <is|does> <this|that|the> harmony <format|thing|encoding|> <everybody talks about|people mention|mean|all about|>
replay: how <do|can|could> i <play|play back|replay|use> a <recorded|recording|prepared|scripted> <file|session|answer|recording|script> <instead of a model|without a model|>
test: <which|what> <command|script|program> <runs|starts|executes> <all|the|all the> tests; <run|start|execute> <all|every|the whole> <tests|test suite>
licence: <may|can|is> <my company|we|i|a firm|my employer> <use|sell|ship|allowed to use> <this|it|the program> <commercially|for money|in a product|for business|at work>; <under|with> <what|which> licence <is this|is it|was it> <published|released|offered|>
privacy: does <anything|something|any data|text> <i type|i write|of mine|i send> <leave|get out of|go out of> <my computer|my machine|this machine|the house|my laptop>; do you <send|upload|forward|transmit|give> my <prompts|texts|messages|data|questions> to <some cloud|anyone|openai|the internet|a server|third parties>; <does it|will it|can it> <work|run|function> <with no|without|without any> <network|internet|connection|wifi|network at all>; <is|are> my <messages|secrets|texts|documents> <safe|private|secret|confidential> <here|with you|>
docs: <which|what> <document|file|page|text> <explains|describes|shows|covers> the <design|architecture|structure|internals|first steps>; where <is|do i find> the <design|architecture> <explained|described|document|>
source: where <can|do> i <read|see|browse|inspect> the <source|sources|source code|code|implementation>
contribute: i <think i|believe i|may have|just> <found|hit|see|met> a <bug|defect|mistake|crash|problem>; it <crashes|crashed|fails|hangs|does not start>, <what now|what do i do|help>
export: how <do|can> i <export|write out|save|convert> <the demo|you|the demo model> <for transformers|to a folder|as a hugging face model|for pytorch>
eval: how <can|do> i <see|measure|check|know|find out> how <accurate|good|reliable|capable> <you are|the demo is|your skills are>
inspect: what <does|can|will> <model inspect|gpt-oss model inspect|the inspect command> <tell|show|print|say> <me|>
moe: how many experts <does|has|are in> <the 120b|gpt-oss-120b|the 20b|gpt-oss|each layer> <have|use|>
official: is <this|the> <software|program|server|tool|binary> <from|made by|published by|by|supported by> openai
vs_vllm: why <should|would|do> i <use|take|choose|prefer> <this|it|you> <and not|instead of|over|rather than> <ollama|vllm|llama.cpp|sglang|lm studio>
who_gptoss: who <wrote|developed|invented|designed|trains|owns> <gpt-oss|the gpt-oss models|gpt-oss-20b>
thanks: <thank you|thanks> <so much|for everything|my friend|for the info|for that|very kindly>; that <helped|was helpful|helps a lot>, <thanks|thank you>
bye: <goodbye|bye|ciao|see you> <then|now|for now|my friend|tomorrow>; i am <leaving|going> now
date: <what's|what is|which is|tell me> <the|today's|the current> date <today|now|please|>; <which|what> <day|date> do we have <today|>"""
for _line in EXTRA.split("\n"):
    _key, _rest = _line.split(": ", 1)
    assert _key in {name for name, _, _ in FAQ}, _key
MORE = {line.split(": ", 1)[0]: [part.strip() for part in line.split(": ", 1)[1].split(";")] for line in EXTRA.split("\n")}
BESIDE_BEFORE = "<my boss asks|for my project|i am new here|i just installed it and wonder|a friend told me to ask|before i start|sorry to bother you|as a beginner i ask|for the record|i have read the readme but|we are a small team|let me ask you this|i am curious|right|listen|good question maybe|dear model|one more thing|in short|i forgot><,|:|.| ->"
BESIDE_AFTER = "<on my laptop|with this server|in this program|with gpt-oss|for my team|from here|at all|exactly|in practice|if i may ask|on this machine|as a beginner|in my case|in general|in one sentence|in detail|i am new to this|for a demo|in a hurry|and why|when i start it|by default|normally>"
HARD = """<write|give me|show me|make> <python|javascript|rust|sql|java|c++> <code|a function|a script|a class|a query> <that|to> <sorts a list|reads a file|prints {x}|counts {x}|draws {x}|solves {x}>
<debug|fix|review|explain|improve|refactor|translate> <my|this|the> <javascript|python code|rust code|function|sql|script|java class|program>
what is the <tallest|oldest|biggest|largest|longest|fastest|smallest|deepest> <building|tree|river|city|animal|mountain|{x}|bridge|ship|ocean> <in the world|on earth|in {city}|ever|>
<give me|tell me|i need|find|what is|do you have> <a|the> <recipe|good recipe> <for|of> <pancakes|soup|bread|{x}|{x} with {y}|pizza|a cake>
how do i <load|open|start|build|install|run|stop|export|serve|measure|limit> <a dishwasher|a washing machine|a truck|a gun|a tennis ball|dinner|wine|a car|a house|a marathon|a fire|a shop|a company|a fence|a {x}|my {x}|the {x}>
<why|how> <do|does> <birds|planes|fish|magnets|volcanoes|engines|airplanes|computers|{x}s|a {x}> <fly|swim|work|sleep|burn|float|move|stay up|{y}>
who <is|was|painted|wrote|composed|discovered|killed> <the president of {country}|the king of {country}|{name}|the mona lisa|hamlet|{x}|gravity|america>
<what is|explain|describe> <quantum physics|gravity|evolution|photosynthesis|inflation|democracy|relativity|love|a black hole|dna|{x} theory|the {x} effect>
what is the <boiling|melting|freezing> point of <water|iron|{x}|gold>
<summarise|summarize|retell|review> <the plot of|the book|the film|the story of|> {x}
<is it going to|will it> <rain|snow|be sunny|be cold> <in {city}|tomorrow|today|next week>
what's <{n} factorial|the square root of {n}|the {n}th prime|the sum of all {x}s|the integral of x>
<what|which> <port|city|country|river|server|engine|model|key|token|bus|train> of <{city}|{x}|a car|the {x}> is <known|famous|best|large|old>
what is the <best|cheapest|newest|fastest> <model of car|phone|laptop|car|engine|bike|{x}|camera>
i <feel|am> <lonely|sad|happy|angry|in love|ill|bored|afraid> <today|now|because of {x}|>
<play|sing|draw|paint|design> <me|> <a song|a game|a picture|a logo|{x}>
<buy|sell|order|book|reserve> <me|> <a|the|two> {x} <in {city}|for tomorrow|>
<teach me|help me learn|i want to learn> <french|chess|guitar|math|{x}|cooking|to dance|history>
what time is it in {city}
how much <is|does> <a {x}|a car|a house|bread|the {x}> <cost|cost in {city}>""".split("\n")
OUTSIDE += HARD
