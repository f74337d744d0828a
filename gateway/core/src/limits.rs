//! Every bound of the vocabulary, with its reason. Bounds of one transport or file format live
//! beside it and cite this module where they depend on it.

/// Largest `data` of a user authentication request: a context of both methods with the longest
/// HOTP secret (64 bytes) and a 64-byte password hash is 254 bytes sealed; twice that, and the
/// clear context beside it, stay below 1 KiB.
pub const USER_AUTH_DATA_BYTES_MAX: u16 = 1024;

/// Most random bytes one request may ask for: the clients' own tests ask for 120; a page is enough
/// for any key or mask and keeps an answer below one TCP window.
pub const RANDOM_BYTES_MAX: u16 = 4096;

/// Longest ciphertext of a `ProcessData` request: RSA-4096 or 1 KiB of user authentication data,
/// with header and padding.
pub const SEALED_BYTES_MAX: usize = 1056;

/// Longest nonce a client may have echoed: public clients send 16 characters.
pub const NONCE_CHARS_MAX: usize = 64;

/// Longest API key: the known ones have 8 to 64 characters.
pub const API_KEY_CHARS_MAX: usize = 64;

/// How long a template stays open for its key: a client makes both calls within seconds; ten
/// minutes covers a person in between.
pub const TEMPLATE_OPEN_MS: u64 = 10 * 60 * 1000;

/// Open templates of one partition: one a second over their lifetime; more is a loop gone wrong.
pub const OPEN_TEMPLATES_MAX: usize = 600;

/// How long a byte-identical resend of a user authentication request gets its answer again:
/// longer than every public client's retries, shorter than a person's patience.
pub const USER_AUTH_RESEND_MS: u64 = 5 * 60 * 1000;
