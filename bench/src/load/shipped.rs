//! Scenarios that are built in.

macro_rules! shipped {
    ($($name:literal),* $(,)?) => {
        /// The files of `bench/scenarios`: name and text, by name.
        pub const SHIPPED: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../scenarios/", $name, ".toml")))),*];
    };
}

shipped![
    "batch-http1",
    "echo",
    "encrypt-64",
    "encrypt-json",
    "mix",
    "overload-rsa",
    "process-json",
    "process-json-http2",
    "process-json-http3",
    "process-json-tls",
    "typex-1",
    "typex-256",
    "typex-64",
    "vault-encode",
];
