//! The program as its users run it.

mod commands;
mod demo;
mod home;
mod input;
mod service;
