//! Runs on several real threads give what one thread gives, and lose nothing.

mod closures;

mod failures;
mod lifecycle;
mod nesting;
mod runs;
mod split;
