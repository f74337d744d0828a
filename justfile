# Every recipe is one line that anyone could type without `just`.

_:
    @just --list

# start the gateway
run *args:
    cargo run --release --locked -- {{args}}

# type-check everything
check:
    cargo check --workspace --all-targets --locked

# everything that CI runs
test *args:
    ./tests/run {{args}}

# warnings are errors
lint:
    cargo clippy --workspace --all-targets --locked -- -D warnings

# format
fmt:
    cargo fmt --all

# the API documentation of every crate
doc:
    cargo doc --workspace --no-deps --locked

# the four figures of docs/performance.md
bench:
    cargo test --release --locked -p typex-tests --test typex -- cost:: --nocapture --test-threads 1

# clauses of docs/dialects that no code cites
spec:
    cargo test --release --locked -p typex-tests --test typex -- tidy::clauses --nocapture
