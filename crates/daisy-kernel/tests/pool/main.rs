//! The memory pool from outside: what it gives is sound, from whatever threads.

mod contents;
mod forks;
mod sizes;
