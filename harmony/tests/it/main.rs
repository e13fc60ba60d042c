//! Tests of the public face: goldens made by the libraries that define the format, tables of malformations, properties.

mod headers;
mod malformations;
mod parse;
mod properties;
mod render;
mod schema;
mod support;
mod tokenizer;
