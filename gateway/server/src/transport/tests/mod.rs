//! Tests of the transport over real sockets, with a service that echoes.

mod frames;
mod h1;
mod h2;
mod h3;
mod lines;
mod load;
mod shutdown;
mod tls;
mod world;
