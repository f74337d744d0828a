//! Every bound of the vocabulary, with its reason. Bounds of one transport or file format live
//! beside it and cite this module where they depend on it.

mod quota;

use std::ops::RangeInclusive;

pub use quota::*;

/// Largest `data` of a user authentication request: a new context of both methods with the longest
/// secret and hash below is 229 bytes, sealed 256, both in TLVs 491. Twice that, because the
/// placeholder beside a new context is the client's own and may be longer.
pub const USER_AUTH_DATA_BYTES_MAX: u16 = 1024;

/// Decimal digits of a one-time password: six are the least RFC 4226 allows, eight the most that
/// clients offer.
// spec: enigma-bridge 4.4
pub const HOTP_DIGITS: RangeInclusive<u8> = 6..=8;

/// Bytes of a one-time password's secret: 128 bits are the least RFC 4226 allows; above 64 bytes
/// HMAC-SHA-1 would hash it first.
// spec: enigma-bridge 4.4
pub const HOTP_SECRET_BYTES: RangeInclusive<usize> = 16..=64;

/// Counters accepted from the stored one on: a person who pressed the button in vain nine times
/// still gets in, and a guess is right once in 100 000.
// spec: enigma-bridge 4.4
pub const HOTP_WINDOW: u64 = 10;

/// Decimal pairs of a one-time password in a request: five for eight digits; clients put up to
/// three pairs of zeros in front.
pub const HOTP_CODE_PAIRS_MAX: usize = 8;

/// Bytes of a user's password hash: clients send anything but nothing; 128 is a SHA-512 in hex.
pub const USER_PASSWORD_HASH_BYTES: RangeInclusive<usize> = 1..=128;

/// User accounts of one partition: at about 1 KiB each with their entries, 1 GiB of store.
pub const USER_AUTH_ACCOUNTS_MAX: u32 = 1_000_000;

/// Contexts by which one account is found: a client that lost an answer comes back with the
/// context before; eight changes of secret or password later nobody does.
pub const USER_AUTH_CONTEXTS_MAX: usize = 8;

/// Most random bytes one request may ask for: the clients' own tests ask for 120; a page is enough
/// for any key or mask and keeps an answer below one TCP window.
pub const RANDOM_BYTES_MAX: u16 = 4096;

/// Characters that a token keeps in front: a bank's number of eight digits.
pub const TOKEN_FRONT_MAX: u8 = 8;

/// Characters that a token keeps at the end: what is printed on receipts.
pub const TOKEN_END_MAX: u8 = 4;

/// Digits of a card number that gets a token: what schemes issue.
pub const TOKEN_DIGITS: RangeInclusive<usize> = 12..=19;

/// Characters of a text in an alphabet of one's own: names and account numbers are shorter, and
/// the time of encryption grows with the square.
pub const TOKEN_CHARACTERS_MAX: usize = 256;

/// Characters of an alphabet: with one there is nothing to tell apart.
pub const TOKEN_ALPHABET_MIN: usize = 2;

/// Values that tokens made by encryption choose from, at least (SP 800-38G revision 1).
pub const TOKEN_VALUES_MIN: u64 = 1_000_000;

/// Digits of a card number from which on half of them may be kept or told: of shorter ones
/// schemes allow less.
// spec: payments 10.5
pub const TOKEN_LONG_DIGITS: usize = 16;

/// Digits of a shorter one that a token replaces, at least.
// spec: payments 10.5
pub const TOKEN_HIDDEN_MIN: usize = 5;

/// Digits of a card number from which on masks show those in front.
// spec: payments 10.5
pub const MASK_FRONT_DIGITS: usize = 15;

/// Versions of the key of a domain: shifts of a Luhn sum, which is a digit, other than none.
pub const TOKEN_VERSIONS_MAX: u8 = 9;

/// Characters of a template's pattern, and of a value that it is held against: twice what a token
/// has, for what stands between.
pub const TEMPLATE_CHARS_MAX: usize = 512;

/// Roles, templates and alphabets of one partition, of each kind: as many as domains.
pub const TRANSFORM_RECORDS_MAX: usize = TOKEN_DOMAINS_MAX;

/// Transformations of one role, and roles that one transformation names: people write them.
pub const TRANSFORM_NAMES_MAX: usize = 64;

/// Bytes of the name of a domain of tokens: as long as a DNS label and one more.
pub const TOKEN_DOMAIN_BYTES_MAX: usize = 64;

/// Largest `data` of a request to an object whose layout is ours: what a sealed request has room
/// for, as user authentication does.
pub const OBJECT_DATA_BYTES_MAX: u16 = 1024;

/// What an object whose layout is ours holds, at most: an RSA-2048 key as PKCS#8 is some 1220
/// bytes, and another key stands beside it.
pub const OBJECT_CONTENTS_BYTES_MAX: usize = 2048;

/// Longest ciphertext of a `ProcessData` request: RSA-4096 or 1 KiB of user authentication data,
/// with header and padding.
pub const SEALED_BYTES_MAX: usize = 1056;

/// Longest nonce a client may have echoed: public clients send 16 characters.
pub const NONCE_CHARS_MAX: usize = 64;

/// Characters of a key's label.
// spec: encedo-hem 5.4
pub const LABEL_CHARS_MAX: usize = 32;

/// Bytes of a key's description: what newer firmware takes.
// spec: encedo-hem 5.4
pub const DESCRIPTION_BYTES_MAX: usize = 128;

/// Keys in one part of a list.
// spec: encedo-hem 5.5
pub const PAGE_KEYS_MAX: usize = 15;

/// Longest secret part of a key that serves more than one operation: RSA-4096 in PKCS#1 has 2353
/// bytes with the longest public exponent.
pub const KEY_SECRET_BYTES_MAX: usize = 2360;

/// Longest public half of such a key: ML-DSA-87.
pub const KEY_PUBLIC_BYTES_MAX: usize = 2592;

/// Keys of one partition that serve more than one operation: a client that lists them asks for
/// 15 at a time, and a search looks at each, on the thread that all changes go through. With this
/// many it reads at most 3 MiB, in a few milliseconds.
pub const PARTITION_KEYS_MAX: usize = 10_000;

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

/// Longest text of a registration request: an account name, a contact address, a property. Host
/// names end at 253 characters.
pub const TEXT_CHARS_MAX: usize = 256;

/// Named texts of one registration request: the machine descriptions that installers send have
/// fewer than ten.
pub const PROPERTIES_MAX: usize = 32;

/// Longest certificate: a self-signed RSA-4096 one with many names is below 4 KiB.
pub const CERTIFICATE_BYTES_MAX: usize = 16 * 1024;

/// Shortest and longest modulus that may own a domain, in bits: below 2048 a signature proves too
/// little; above 4096 its check costs others their turn.
pub const DOMAIN_KEY_BITS: RangeInclusive<usize> = 2048..=4096;

/// Records of one domain, and of one update: a few names and certificate proofs.
pub const DOMAIN_RECORDS_MAX: usize = 32;

/// How long a domain challenge lives: the two calls follow each other at once; five minutes covers
/// slow machines and retries.
pub const DOMAIN_CHALLENGE_MS: u64 = 5 * 60 * 1000;

/// How long an open registration waits for its confirmation and its client: a week covers the
/// holidays of whoever confirms.
pub const REGISTRATION_OPEN_MS: u64 = 7 * 24 * 60 * 60 * 1000;

/// Open registrations of the gateway: anyone may open one, so the table is small enough not to
/// matter (about 4 MiB).
pub const OPEN_REGISTRATIONS_MAX: usize = 10_000;

/// How long after a client was created from a registration the same request may make its password
/// anew: clients repeat a request whose answer was lost, within seconds.
pub const REGISTRATION_REPEAT_MS: u64 = 5 * 60 * 1000;

/// How long the message that made an API key gets the same key again: as long as a user
/// authentication request, for the same reason.
pub const API_KEY_REPEAT_MS: u64 = 5 * 60 * 1000;

/// Longest log for support: an installer's log with some room.
pub const LOG_REPORT_BYTES_MAX: usize = 256 * 1024;

/// Longest piece of a stored log: with its head it stays below the longest record of the store.
pub const LOG_PART_BYTES_MAX: usize = 48 * 1024;

/// Stored logs; the oldest goes first. With their longest length they fill 256 MiB.
pub const LOG_REPORTS_MAX: usize = 1024;

/// How old a proof of work may be: longer than computing one takes, short enough that proofs are
/// not made in stock.
pub const EFFORT_AGE_MS: u64 = 60 * 60 * 1000;

/// Longest proof of work: five short fields.
pub const EFFORT_CHARS_MAX: usize = 512;

/// Longest policy text of an approval: a template request is below 1 KiB.
pub const APPROVAL_BYTES_MAX: usize = 8 * 1024;

/// Approvals of one API key: one for each type there is, with room.
pub const APPROVALS_MAX: usize = 64;

/// Failure records that slow down guessing: 16 Ki of 40 bytes. Full sets forget their mildest
/// record first.
pub const THROTTLE_ENTRIES: usize = 16 * 1024;

/// Longest line of the audit log: the head of a segment carries at most 64 hashes of 64 digits;
/// every other line is below 1 KiB.
pub const AUDIT_LINE_BYTES_MAX: usize = 8192;

/// Longest path template of an audit entry: the longest of a dialect has under 60 characters.
pub const AUDIT_TEMPLATE_CHARS_MAX: usize = 128;

/// Longest origin of an audit log: a readable name and 16 hex digits.
pub const AUDIT_ORIGIN_CHARS_MAX: usize = 64;

/// Most signatures on one checkpoint: ours and a handful of witnesses'.
pub const AUDIT_SIGNATURES_MAX: usize = 16;

/// Longest signed checkpoint: its text is below 300 bytes, a signature line below 200.
pub const AUDIT_NOTE_BYTES_MAX: usize = 4096;

/// Longest token of an instance, in or out: the longest body is 7300 bytes.
// spec: encedo-hem 1.2
pub const INSTANCE_TOKEN_CHARS_MAX: usize = 7300;

/// Used nonces that an instance remembers for each purpose: a login is remembered for a minute, in
/// which 32 that wait half a second at least end 3840 times; an approved one for an hour, so this
/// is more than one a second. 200 KiB for each purpose.
pub const INSTANCE_USED_NONCES_MAX: usize = 4096;

/// Logins of one instance whose answers wait: an attempt waits at most 1.6 s, so guessing never
/// gets beyond 20 a second, and an owner finds a place within that time.
pub const INSTANCE_LOGINS_WAITING_MAX: usize = 32;

/// Authenticators paired with one instance.
// spec: encedo-hem 3.6
pub const INSTANCE_PEERS_MAX: usize = 8;

/// Names that an operator gives one instance: one, and a few old ones.
pub const INSTANCE_NAMES_MAX: usize = 16;

/// Characters of the scope of a login.
// spec: encedo-hem 3.3
pub const SCOPE_CHARS_MAX: usize = 127;

/// Bytes of the scope that an authenticator is asked to approve.
// spec: encedo-hem 3.7
pub const PEER_SCOPE_BYTES_MAX: usize = 1023;

/// Characters of what a client wants to have in the token that an authenticator approves; more is
/// left out.
// spec: encedo-hem 3.7
pub const PEER_CONTEXT_CHARS_MAX: usize = 64;

/// Characters of a note to whoever approves; more is left out.
// spec: encedo-hem 3.7
pub const PEER_NOTE_CHARS_MAX: usize = 128;

/// Characters of what a client wants to have in its token: under 64.
// spec: encedo-hem 3.3
pub const LOGIN_CONTEXT_CHARS_MAX: usize = 63;

/// Characters of an owner's name and of an address: clients' own tests take 64 and refuse 65.
// spec: encedo-hem 3.5
pub const OWNER_CHARS_MAX: usize = 64;

/// Characters of a list of origins: a dozen long ones.
// spec: encedo-hem 4.5
pub const ORIGIN_CHARS_MAX: usize = 1024;

/// Longest text in a log line before encoding: a scope as long as any that is served.
pub const INSTANCE_LOG_EXTRA_BYTES_MAX: usize = 128;

/// Longest log of one boot; a longer one goes on in a new file: 64 parts, 40 000 lines.
pub const INSTANCE_LOG_BYTES_MAX: usize = 64 * LOG_PART_BYTES_MAX;

/// Log files of one instance; the oldest goes first: two boots a day for a year.
pub const INSTANCE_LOGS_MAX: usize = 730;

/// Instances of one gateway: each keeps a log file open and is asked for its names in a map.
pub const INSTANCES_MAX: usize = 256;

/// Log lines of one instance that wait to be stored: an eighth of a part. Whoever adds to more
/// waits until they are.
pub const INSTANCE_LOG_PENDING_BYTES_MAX: usize = LOG_PART_BYTES_MAX / 8;

/// Log files of all instances that are in memory for answers: each at most
/// [`INSTANCE_LOG_BYTES_MAX`], and one part more, so 52 MiB. Another is refused.
pub const LOG_ANSWERS_MAX: usize = 16;

/// Those of one instance: its clients leave room for the others'.
pub const INSTANCE_LOG_ANSWERS_MAX: usize = 4;

/// Log files named in one answer.
// spec: encedo-hem 7.1
pub const INSTANCE_LOG_NAMES_MAX: usize = 128;

/// Longest time between the gateway's clock and a time service's that sets it: what network time
/// keeps by far.
pub const INSTANCE_CLOCK_SKEW_S: u64 = 10 * 60;

/// Longest host name, of DNS.
pub const HOST_CHARS_MAX: usize = 253;

/// Different digits that a decimalisation table must have, at least. With fewer, single digits of a
/// PIN can be asked for one at a time.
pub const TABLE_DISTINCT_MIN: usize = 8;

/// Places of a decimalisation table that one digit may take, for the same reason.
pub const TABLE_REPEATS_MAX: u8 = 4;

/// Keys of one payment operation: the change of a chip's PIN has four.
pub const PAYMENT_PARTS_MAX: usize = 4;

/// Grants for pairs of keys in one partition: a hundred incoming keys with forty partners each;
/// at about 200 bytes in memory, 800 KiB.
pub const PAIR_GRANTS_MAX: usize = 4096;

/// Custodians who approve one grant: two are needed; eight leave room for deputies.
pub const APPROVERS_MAX: usize = 8;

/// PANs whose failures are remembered: those of a gateway with 50 million PINs a day of which one
/// in a hundred is mistyped, for the 27 hours that a failure is. At about 120 bytes each, 120 MiB
/// when all have failed. One tenant has at most the fourth part of them.
pub const ABUSE_PANS_MAX: usize = 1 << 20;

/// Callers whose failures are remembered: more than a gateway has access keys.
pub const ABUSE_CALLERS_MAX: usize = 16 * 1024;

/// Keys whose failures are remembered: base keys and verification keys are few; terminals' own
/// keys may be thousands.
pub const ABUSE_KEYS_MAX: usize = 16 * 1024;

/// How long a try counts as open whose outcome nobody told: longer than any request may take.
pub const ABUSE_LEASE_MS: u64 = 60 * 1000;

/// Body of a batch of payment operations, bytes: 1024 records that re-encrypt 512 bytes each, of
/// 1.5 KiB with their hex digits and the full names of two keys, and a third more for blanks.
pub const PAYMENT_BATCH_BODY_BYTES: usize = 2 * 1024 * 1024;

/// Work of one payment request, estimated nanoseconds of one core: 1024 records of 2 KiB in any
/// mode but feedback of the cipher take a fiftieth of it, those of 256 bytes by feedback of bytes a
/// third. More would take longer than other requests have patience.
pub const PAYMENT_REQUEST_NS_MAX: u64 = 4_000_000_000;

/// Time of one payment request, milliseconds, after which no further record is begun: an answer
/// with those that were is there long before the transport gives up after a minute.
pub const PAYMENT_REQUEST_MS: u64 = 20 * 1000;

/// When to ask again who met as many open tries of a card as may fail at no cost: they have their
/// answers by then.
pub const ABUSE_OPEN_WAIT_MS: u64 = 1000;

/// Characters of a name of a payment key: 256 with `alias/`.
// spec: payments 12.1
pub const ALIAS_CHARS_MAX: usize = 250;

/// Names of payment keys in one partition: a list reads and orders them all, in a few
/// milliseconds.
pub const PARTITION_ALIASES_MAX: usize = 2000;

/// Payment keys in one partition: as many as keys of the other kinds. Their list is kept in parts.
pub const PARTITION_PAYMENT_KEYS_MAX: usize = 10_000;

/// Places in one part of the list of payment keys: 12 KiB, which one new key has to seal again.
pub const PAYMENT_LIST_PART_PLACES: u64 = 512;

/// Items in one part of a list of payment keys, names or tags.
// spec: payments 12.1
pub const PAYMENT_PAGE_MAX: usize = 100;

/// Payment keys that one list request looks at: with a filter that few match, the part it
/// returns is shorter than asked for, and the next one goes on behind it.
pub const PAYMENT_LIST_LOOKS_MAX: usize = 500;

/// Tags of one payment key.
// spec: payments 12.1
pub const KEY_TAGS_MAX: usize = 200;

/// Characters of a tag's name.
// spec: payments 12.1
pub const TAG_NAME_CHARS_MAX: usize = 128;

/// Characters of a tag's value.
// spec: payments 12.1
pub const TAG_VALUE_CHARS_MAX: usize = 256;

/// Bytes of all names and values of a key's tags: what one record of the store takes.
pub const TAGS_BYTES_MAX: usize = 48 * 1024;

/// Days after which a payment key may be deleted.
// spec: payments 11.3
pub const DELETION_DAYS: RangeInclusive<u16> = 3..=180;

/// Days until a payment key is deleted, if nobody says how many.
// spec: payments 12.1
pub const DELETION_DAYS_DEFAULT: u16 = 7;

/// Days for which a payment key whose material is erased is still shown: a quarter, so that who
/// looks for a key after a holiday still finds what became of it.
pub const DELETED_KEY_DAYS: u16 = 90;

/// How long a key pair lives under which payment keys come in: a ceremony with a partner takes
/// days, not months.
pub const IMPORT_TOKEN_MS: u64 = 7 * 24 * 60 * 60 * 1000;

/// Such key pairs of one partition: making one takes seconds of a core with 4096 bits, and one
/// serves many keys; 64 are 200 KiB.
pub const IMPORT_TOKENS_MAX: usize = 64;

/// Names in the list of what an access key may do: more than there are payment operations.
pub const ACCESS_NAMES_MAX: usize = 64;

/// Keys in the list of those that an access key may use: the few of one application, many times
/// over; an operator's request names them all in 9 KiB.
pub const ACCESS_KEYS_ALLOWED_MAX: usize = 256;

/// Characters of what people call an access key.
pub const ACCESS_NAME_CHARS_MAX: usize = 64;

/// How far the time of a signature may be from the gateway's.
pub const SIGNATURE_SKEW_MS: u64 = 5 * 60 * 1000;

/// Domains of tokens of one partition: a list reads them all; a tenant has one for each kind of
/// data and each of its partners.
pub const TOKEN_DOMAINS_MAX: usize = 1000;

/// Keys that sealed values of a vault before the current one: with one a year, two decades.
pub const TOKEN_SEALS_MAX: usize = 20;

/// Rules of one caller about tokens: a few kinds of domains, many times over.
pub const TOKEN_RULES_MAX: usize = 64;

/// Operations on tokens in one request: a page of a report, 64 times over, in 1 MiB of JSON.
pub const TOKEN_BATCH_MAX: usize = 4096;

/// Names and values beside one token.
pub const TOKEN_METADATA_MAX: usize = 16;

/// Bytes of all of them: a few references to other systems; the value itself is what is sealed.
pub const TOKEN_METADATA_BYTES_MAX: usize = 1024;

/// Characters of the purpose for which a value is told: a sentence.
pub const TOKEN_PURPOSE_CHARS_MAX: usize = 128;

/// Digits in a purpose: a case number, and never a card number.
pub const TOKEN_PURPOSE_DIGITS_MAX: usize = 11;

/// Tokens that are drawn for one value: with a tenth of all taken, eight misses in a row have a
/// chance of 10^-8.
// spec: payments 10.3
pub const TOKEN_DRAWS: usize = 8;

/// Thousandths of the values of a pattern that become tokens: one draw in ten misses.
// spec: payments 10.3
pub const TOKEN_FILL_PERMILLE_MAX: u64 = 100;

/// Thousandths from which on operators are told: half of that.
pub const TOKEN_FILL_PERMILLE_WARN: u64 = 50;

/// Values of a pattern up to which its tokens are counted: a twentieth of more are a billion
/// tokens, hundreds of GiB of store.
pub const TOKEN_FILL_COUNTED_MAX: u64 = 20_000_000_000;

/// Tokens of one vault, unless its domain says otherwise: a portfolio, in about 10 GiB of store.
pub const VAULT_TOKENS: u64 = 10_000_000;

/// Tokens of all vaults of one partition, and the most that a domain may say: no caller fills the
/// disk for all others.
pub const VAULT_TOKENS_MAX: u64 = 100_000_000;

/// How long a token that is gone is not given out again, where there are few: a quarter, in which
/// whoever still has it finds out.
pub const VAULT_TOMB_MS: u64 = 90 * 24 * 60 * 60 * 1000;

/// Bytes of a sealed value of a vault: the longest text, nonce, tag and a head.
pub const VAULT_SEALED_BYTES_MAX: usize = TOKEN_CHARACTERS_MAX + 64;

/// Digits in front of a card number that others tell of it: masks, receipts, the bank's number.
// spec: payments 10.5
pub const CARD_FRONT_TOLD: u8 = 6;

/// Digits at its end that they tell.
// spec: payments 10.5
pub const CARD_END_TOLD: u8 = 4;
