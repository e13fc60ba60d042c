//! gpt-oss models through the OpenAI Responses API.
