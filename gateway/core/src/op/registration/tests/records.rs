use super::*;
use crate::codec::Record;
use crate::id::{ApiKeyId, ClientId, PartitionId};
use crate::op::RsaPublicKey;
use proptest::prelude::*;

fn round_trips<R: Record>(record: &R) {
    let bytes = record.to_bytes();
    let again = R::from_bytes(bytes.expose()).expect("decodes");
    assert_eq!(again.to_bytes().expose(), bytes.expose());
    for len in 0..bytes.expose().len() {
        assert!(R::from_bytes(&bytes.expose()[..len]).is_err(), "cut at {len}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn accounts_and_keys(
        name: String, email: Option<String>, pair: (String, String), types: Option<[u32; 2]>,
        used: Option<([u8; 16], u64)>, count: u32, at: u64,
    ) {
        let pairs = vec![pair];
        let types = types.map(Vec::from);
        let password = PasswordHash {
            memory_kib: count, passes: 2, lanes: 3, salt: [4; 16], hash: Secret::new([5; 32]),
        };
        let client = ClientRecord {
            id: ClientId([1; 16]), partition: PartitionId([2; 16]), name: name.clone(),
            client_type: name.clone(), environment: Environment::Prod, email: email.clone(),
            properties: pairs.clone(), password, max_api_keys: 5, max_objects: 6, api_keys: count, objects: 9,
            status: ClientStatus::Removed, created: UnixMs(at),
        };
        round_trips(&client);
        round_trips(&PendingClient {
            id: "k".into(),
            client_type: name, method: AuthName::Ocra, contacts: [email.clone(), None, email],
            confirmed: true, used: used.map(|(id, at)| (ClientId(id), UnixMs(at))),
            created: UnixMs(at),
        });
        round_trips(&ApiKeyRecord {
            id: ApiKeyId([3; 16]), digest: [4; 32], client: ClientId([1; 16]), partition: PartitionId([2; 16]),
            environment: Environment::Test, endpoint: pairs, types,
            status: ApiKeyStatus::Revoked, created: UnixMs(at),
        });
        round_trips(&ApiKeyIndex { id: ApiKeyId([3; 16]), digest: [4; 32] });
    }

    #[test]
    fn domains_and_reports(
        text: String, value: Option<String>, status: Option<String>, digest: Option<[u8; 32]>, at: u64,
    ) {
        let record = DnsRecord {
            kind: DnsKind::Cname, name: text.clone(), domain: value.clone(), value: value.clone(),
        };
        let addresses = Addresses { ipv4: Some([10, 0, 0, 1].into()), ipv6: Some(1.into()) };
        round_trips(&DomainRecord {
            api_key: ApiKeyId([6; 16]),
            name: text.clone(),
            owner: RsaPublicKey { modulus: vec![1; 9], exponent: vec![3] },
            status: DomainStatus::Unlocked, addresses, records: vec![record],
            challenge: Some(Challenge {
                text: text.clone(), proof: DomainProof::Challenge, addresses,
                expires: UnixMs(at), used: digest,
            }),
            changed: UnixMs(at),
        });
        let report = InstallReport {
            password: value.clone().map(Secret::new), status, error: value.clone(),
            duration_s: Some(at), detail: None, key: Some(Secret::new(text.clone())), email: value,
        };
        round_trips(&InstallRecord {
            api_key: ApiKeyId([5; 16]), report, received: UnixMs(at),
        });
        round_trips(&LogPart {
            reference: [1; 16], part: 2, client: None, text: text.clone(), received: UnixMs(at),
        });
        round_trips(&LogIndex { logs: vec![([2; 16], 3), ([4; 16], 5)] });
        round_trips(&Totals { clients: at, pending: 1, cleared: UnixMs(2) });
        round_trips(&DomainName { name: text.clone(), api_key: ApiKeyId([7; 16]) });
        let approval = Approval { foreign_type: 4, policy: text, given: UnixMs(at) };
        round_trips(&ApprovalRecord {
            partition: PartitionId([8; 16]), api_key: ApiKeyId([9; 16]), approval,
        });
    }
}
