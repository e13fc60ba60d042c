//! The handlers, and the layers around all of them.

mod body;
pub mod health;
pub mod middleware;
pub mod models;
pub mod openapi;
pub mod responses;
