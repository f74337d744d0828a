//! Payment operations: what they answer is what the other dialect answers.
// spec: stream 8.2

use serde_json::json;
use typex_client::{KeyName, Outcome, ParametersReader, Record, Status, cipher, operation, tag};

use super::service::{BOTH, CHECKED, Key, PAN, Service, hex, parameters, symmetric, words};
use super::{of, run};

const SECOND: u8 = tag::SECOND;
const IV: [u8; 16] = [0x5a; 16];
const SHORT_IV: [u8; 8] = [0x5a; 8];
const CLEAR: &[u8] = b"4000001234562   ";

#[test]
fn data_is_enciphered_and_deciphered() {
    run(async |gateway, client| {
        let service = Service::new(gateway, client).await;
        let key = service.key("TR31_D0_SYMMETRIC_DATA_ENCRYPTION_KEY", "AES_128", &BOTH).await;
        let cbc: [(u8, &[u8]); 2] = [(tag::CIPHER, &[cipher::CBC]), (tag::IV, &IV)];
        let sealed = service.done(operation::ENCRYPT, key.handle, &cbc, CLEAR).await;
        let body = json!({ "PlainText": hex(CLEAR), "EncryptionAttributes": symmetric(&IV) });
        let path = format!("/keys/{}/encrypt", key.id);
        assert_eq!(&sealed.data[..], service.other(&path, &body, "CipherText"));
        let opened = service.done(operation::DECRYPT, key.handle, &cbc, &sealed.data).await;
        assert_eq!(&opened.data[..], CLEAR);

        let gcm: [(u8, &[u8]); 2] = [(tag::CIPHER, &[cipher::GCM]), (tag::AAD, b"till 7")];
        let sealed = service.done(operation::ENCRYPT, key.handle, &gcm, CLEAR).await;
        let (nonce, proof) = nonce_and_tag(&sealed.parameters);
        let fields = [gcm[0], gcm[1], (tag::NONCE, &nonce[..]), (tag::TAG, &proof)];
        let opened = service.done(operation::DECRYPT, key.handle, &fields, &sealed.data).await;
        assert_eq!(&opened.data[..], CLEAR);
        let other = [gcm[0], (tag::AAD, &b"till 8"[..]), fields[2], fields[3]];
        let refused = service.ask(operation::DECRYPT, key.handle, &other, &sealed.data).await;
        assert_eq!(refused.status, Status::VerifyFailed, "{}", words(&refused));
    });
}

/// Many messages of a frame under two keys: each is sealed under its own nonce and opens again, and
/// one that is too long is answered alone.
#[test]
fn messages_of_a_frame_are_sealed_together() {
    run(async |gateway, client| {
        let service = Service::new(gateway, client).await;
        let usage = "TR31_D0_SYMMETRIC_DATA_ENCRYPTION_KEY";
        let keys = [
            service.key(usage, "AES_256", &BOTH).await,
            service.key(usage, "AES_128", &BOTH).await,
        ];
        let data: Vec<_> = (0..300).map(|at: usize| vec![at as u8; at * 4]).collect();
        let long = vec![7; 2049];
        let (bare, aad) = ([(tag::CIPHER, &[cipher::GCM][..])], b"till 7");
        let told = [bare[0], (tag::AAD, &aad[..])];
        let parameters = [parameters(&bare), parameters(&told)];
        let record = |(id, data): (usize, _)| {
            let (handle, parameters) = (keys[id % 2].handle, parameters[id % 3 % 2].bytes());
            Record { id: id as u32, operation: operation::ENCRYPT, handle, parameters, data }
        };
        let datas = data.iter().chain([&long]).map(|data| &data[..]);
        let records: Vec<_> = (0..).zip(datas).map(record).collect();
        let answers = service.stream.batch(&records, None).await.expect("answers");
        assert_eq!(answers.len(), records.len());
        let mut nonces = std::collections::BTreeSet::new();
        for answer in answers {
            let record = &records[answer.id as usize];
            if record.data.len() > 2048 {
                assert_eq!(answer.status, Status::InvalidData, "{}", words(&answer));
                continue;
            }
            let has_aad = answer.id as usize % 3 % 2 == 1;
            let fields = if has_aad { &told[..] } else { &bare };
            let nonce = opened_again(&service, record, fields, &answer).await;
            assert!(nonces.insert(nonce), "a nonce serves one message");
        }
    });
}

/// Opens what a record was sealed to; its nonce.
async fn opened_again(
    service: &Service<'_>,
    record: &Record<'_>,
    fields: &[(u8, &[u8])],
    answer: &Outcome,
) -> Vec<u8> {
    assert_eq!(answer.status, Status::Done, "{}", words(answer));
    let (nonce, proof) = nonce_and_tag(&answer.parameters);
    let of_it = [(tag::NONCE, &nonce[..]), (tag::TAG, &proof)];
    let fields = [fields, &of_it].concat();
    let opened = service.done(operation::DECRYPT, record.handle, &fields, &answer.data).await;
    assert_eq!(&opened.data[..], record.data);
    nonce
}

/// Nonce and tag of an answer.
fn nonce_and_tag(parameters: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut parameters = ParametersReader::new(parameters);
    let mut take = |tag| parameters.take(tag).expect("it is there").to_vec();
    let found = (take(tag::NONCE), take(tag::TAG));
    assert!(parameters.is_empty());
    found
}

#[test]
fn data_goes_from_one_key_to_another() {
    run(async |gateway, client| {
        let service = Service::new(gateway, client).await;
        let usage = "TR31_D0_SYMMETRIC_DATA_ENCRYPTION_KEY";
        let shop = service.key(usage, "TDES_2KEY", &BOTH).await;
        let bank = service.key(usage, "AES_256", &BOTH).await;
        let (handle, short): (_, &[u8]) = (bank.handle.to_be_bytes(), &SHORT_IV);
        let from: [(u8, &[u8]); 2] = [(tag::CIPHER, &[cipher::CBC]), (tag::IV, short)];
        let sealed = service.done(operation::ENCRYPT, shop.handle, &from, CLEAR).await.data;
        let to: [(u8, &[u8]); 3] = [
            (SECOND + tag::HANDLE, &handle),
            (SECOND + tag::CIPHER, &[cipher::CBC]),
            (SECOND + tag::IV, &IV),
        ];
        let fields = [&from[..], &to].concat();
        let refused = service.ask(operation::REENCRYPT, shop.handle, &fields, &sealed).await;
        assert_eq!(refused.status, Status::Forbidden, "no pair: {}", words(&refused));
        service.pair("data", &shop, &bank);
        let moved = service.done(operation::REENCRYPT, shop.handle, &fields, &sealed).await;
        let body = json!({
            "CipherText": hex(&sealed),
            "OutgoingKeyIdentifier": bank.id,
            "IncomingEncryptionAttributes": symmetric(&SHORT_IV),
            "OutgoingEncryptionAttributes": symmetric(&IV),
        });
        let path = format!("/keys/{}/reencrypt", shop.id);
        assert_eq!(&moved.data[..], service.other(&path, &body, "CipherText"));
    });
}

/// How a PIN block of format 0 is written.
const FORM: [(u8, &[u8]); 2] = [(tag::PIN_FORMAT, &[0]), (tag::PIN_PAN, PAN)];

/// What the other dialect makes of a PIN block of format 0 from one key to another.
fn translated(service: &Service<'_>, [from, to]: [&Key; 2], block: &[u8]) -> Vec<u8> {
    let with_pan =
        json!({ "IsoFormat0": { "PrimaryAccountNumber": String::from_utf8_lossy(PAN) } });
    let body = json!({
        "EncryptedPinBlock": hex(block),
        "IncomingKeyIdentifier": from.id,
        "OutgoingKeyIdentifier": to.id,
        "IncomingTranslationAttributes": with_pan,
        "OutgoingTranslationAttributes": with_pan,
    });
    service.other("/pindata/translate", &body, "PinBlock")
}

#[test]
fn pins_are_made_translated_and_verified() {
    run(async |gateway, client| {
        let service = Service::new(gateway, client).await;
        let usage = "TR31_P0_PIN_ENCRYPTION_KEY";
        let terminal = service.key(usage, "TDES_2KEY", &BOTH).await;
        let host = service.key(usage, "TDES_3KEY", &BOTH).await;
        let pvv = service.key("TR31_V2_VISA_PIN_VERIFICATION_KEY", "TDES_2KEY", &CHECKED).await;
        service.pair("pin_generation", &pvv, &terminal);
        service.pair("pin", &terminal, &host);
        let (by, to) = (pvv.handle.to_be_bytes(), host.handle.to_be_bytes());
        let (by, to) = ((SECOND + tag::HANDLE, &by[..]), (SECOND + tag::HANDLE, &to[..]));
        let (pan, index) = ((tag::PAN, PAN), (tag::INDEX, &[1][..]));
        let fields = [&FORM[..], &[pan, (tag::LENGTH, &[4]), index, by]].concat();
        let made = service.done(operation::GENERATE_PIN_VISA, terminal.handle, &fields, b"").await;
        let mut told = ParametersReader::new(&made.parameters);
        let value = told.take(tag::VALUE).expect("a PVV");
        assert_eq!(value.len(), 4);

        let outgoing = FORM.map(|(tag, value)| (SECOND + tag, value));
        let fields = [&FORM[..], &[to], &outgoing].concat();
        let block = &made.data;
        let moved = service.done(operation::TRANSLATE_PIN, terminal.handle, &fields, block).await;
        assert_eq!(&moved.data[..], translated(&service, [&terminal, &host], block));
        for (value, expected) in [(value, Status::Done), (b"0000", Status::VerifyFailed)] {
            let fields = [&FORM[..], &[pan, (tag::VALUE, value), index, by]].concat();
            let asked = operation::VERIFY_PIN_VISA;
            let answer = service.ask(asked, host.handle, &fields, &moved.data).await;
            assert_eq!(answer.status, expected, "{}", words(&answer));
        }
    });
}

#[test]
fn macs_are_made_and_verified() {
    run(async |gateway, client| {
        let service = Service::new(gateway, client).await;
        let key = service.key("TR31_M6_ISO_9797_5_CMAC_KEY", "AES_128", &CHECKED).await;
        let method = (tag::METHOD, &[3][..]);
        let fields = [(tag::LENGTH, &[8][..]), method];
        let mac = service.done(operation::GENERATE_MAC, key.handle, &fields, CLEAR).await.data;
        let body = json!({
            "KeyIdentifier": key.id,
            "MessageData": hex(CLEAR),
            "GenerationAttributes": { "Algorithm": "CMAC" },
            "MacLength": 8,
        });
        assert_eq!(&mac[..], service.other("/mac/generate", &body, "Mac"));
        let fields = [(tag::VALUE, &mac[..]), method];
        service.done(operation::VERIFY_MAC, key.handle, &fields, CLEAR).await;
        let refused = service.ask(operation::VERIFY_MAC, key.handle, &fields, b"another").await;
        assert_eq!(refused.status, Status::VerifyFailed, "{}", words(&refused));
    });
}

#[test]
fn values_of_cards_are_made_and_verified() {
    run(async |gateway, client| {
        let service = Service::new(gateway, client).await;
        let key = service.key("TR31_C0_CARD_VERIFICATION_KEY", "TDES_2KEY", &CHECKED).await;
        let card: [(u8, &[u8]); 3] =
            [(tag::PAN, PAN), (tag::EXPIRY, b"2912"), (tag::SERVICE_CODE, b"101")];
        let fields = [&card[..], &[(tag::LENGTH, &[3])]].concat();
        let value = service.done(operation::GENERATE_CARD_VALUE, key.handle, &fields, b"").await;
        let body = json!({
            "KeyIdentifier": key.id,
            "PrimaryAccountNumber": String::from_utf8_lossy(PAN),
            "GenerationAttributes": {
                "CardVerificationValue1": { "CardExpiryDate": "2912", "ServiceCode": "101" },
            },
            "ValidationDataLength": 3,
        });
        let other = service.access.data("/cardvalidationdata/generate", &body);
        assert_eq!(other["ValidationData"].as_str().map(str::as_bytes), Some(&value.data[..]));
        let fields = [&card[..], &[(tag::VALUE, &value.data[..])]].concat();
        service.done(operation::VERIFY_CARD_VALUE, key.handle, &fields, b"").await;
    });
}

/// Records that are wrong in one way or another, and how they are answered.
fn wrong<'a>(right: Record<'a>, others: [&'a [u8]; 3]) -> [(Record<'a>, Status); 9] {
    let [swapped, unknown, cut] = others.map(|parameters| Record { parameters, ..right });
    let nothing = Record { parameters: b"", ..right };
    [
        (swapped, Status::Malformed),
        (unknown, Status::Malformed),
        (cut, Status::Malformed),
        (Record { operation: 0x01ff, ..right }, Status::Malformed),
        (Record { operation: operation::PROCESS_DATA, ..nothing }, Status::Key),
        (Record { operation: operation::TOKENIZE, ..nothing }, Status::Key),
        (Record { operation: operation::ENCRYPT, ..right }, Status::Malformed),
        (Record { handle: 77, ..right }, Status::NotFound),
        (Record { data: &[0; 5000], ..right }, Status::InvalidData),
    ]
}

/// Every third record is wrong; the others are done.
#[test]
fn a_bad_record_does_not_disturb_its_neighbours() {
    run(async |gateway, client| {
        let service = Service::new(gateway, client).await;
        let key = service.key("TR31_M6_ISO_9797_5_CMAC_KEY", "AES_128", &CHECKED).await;
        let name = format!("alias/{}", key.id);
        let body = json!({ "AliasName": name, "KeyArn": key.id });
        service.access.control("CreateAlias", &body);
        let alias = service.open(KeyName::Text(&name)).await;
        let sound = parameters(&[(tag::LENGTH, &[8]), (tag::METHOD, &[3])]);
        let swapped = parameters(&[(tag::METHOD, &[3]), (tag::LENGTH, &[8])]);
        let unknown = parameters(&[(tag::METHOD, &[99])]);
        let (parameters, handle) = (sound.bytes(), key.handle);
        let operation = operation::GENERATE_MAC;
        let right = Record { id: 0, operation, handle, parameters, data: CLEAR };
        let cut = &parameters[..parameters.len() - 1];
        let wrong = wrong(right, [swapped.bytes(), unknown.bytes(), cut]);
        let of_id = |id: u32| match id % 3 {
            0 => (Record { id, ..right }, Status::Done),
            1 => (Record { id, handle: alias, ..right }, Status::Done),
            _ => {
                let (record, status) = wrong[id as usize / 3 % wrong.len()];
                (Record { id, ..record }, status)
            }
        };
        let records: Vec<_> = (0..270).map(|id| of_id(id).0).collect();
        let answers = service.stream.batch(&records, None).await.expect("answers");
        assert_eq!(answers.len(), records.len());
        let mac = &of(&answers, 0).data;
        for id in 0..270 {
            let (answer, expected) = (of(&answers, id), of_id(id).1);
            assert_eq!(answer.status, expected, "{id}: {}", words(answer));
            assert!(expected != Status::Done || answer.data == *mac, "{id}");
        }
    });
}
