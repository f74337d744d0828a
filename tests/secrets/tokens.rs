//! Card numbers that get tokens, that tokens lead back to, and that are refused.

use serde_json::{Value, json};

use super::traffic::Traffic;
use crate::harness::{Gateway, Vault, allow_tokens, card};

impl Traffic {
    /// Cards through every path of values, in a domain that encrypts and in one with a vault.
    pub(super) fn tokens(&mut self, gateway: &Gateway) {
        allow_tokens(gateway);
        let mut vault = Vault::open(gateway);
        let fpe = json!({ "allowed_roles": ["*"], "tweak_source": "internal",
            "template": "builtin/creditcardnumber" });
        vault.does("transformations/fpe/encrypted", &fpe);
        let kept = json!({ "allowed_roles": ["*"], "convergent": true });
        vault.does("transformations/tokenization/kept", &kept);
        for name in ["encrypted", "kept"] {
            vault.does(&format!("role/{name}"), &json!({ "transformations": [name] }));
            self.there_and_back(&mut vault, name);
            self.in_batches(&mut vault, name);
            self.refused_values(&mut vault, name);
        }
        self.beside_tokens(&mut vault);
    }

    /// A card number that must not be found, in digits and in their values.
    fn card(&mut self, name: &str) -> String {
        let body: String = self.digits(15).into_iter().map(char::from).collect();
        let card = card(&body);
        self.look_for(name, card.as_bytes());
        let values: Vec<u8> = card.bytes().map(|digit| digit - b'0').collect();
        self.search.add_whole(&format!("values of {name}"), &values);
        card
    }

    fn there_and_back(&mut self, vault: &mut Vault, role: &str) {
        let value = self.card("card");
        for _ in 0..2 {
            let made = vault.does(&format!("encode/{role}"), &json!({ "value": value }));
            let token = json!({ "value": made["encoded_value"] });
            let found = vault.does(&format!("decode/{role}"), &token);
            assert_eq!(found["decoded_value"], *value);
            if role == "kept" {
                vault.does("validate/kept", &token);
                vault.does("metadata/kept", &token);
            }
        }
    }

    fn in_batches(&mut self, vault: &mut Vault, role: &str) {
        let values: Vec<_> = (0..20).map(|_| self.card("card of a batch")).collect();
        let input = |values: Vec<Value>| {
            let input = values.into_iter().map(|value| json!({ "value": value }));
            json!({ "batch_input": input.collect::<Vec<_>>() })
        };
        let asked = values.iter().map(|value| json!(value)).collect();
        let made = vault.does(&format!("encode/{role}"), &input(asked));
        let tokens = made["batch_results"].as_array().expect("results");
        let tokens = tokens.iter().map(|one| one["encoded_value"].clone()).collect();
        let found = vault.does(&format!("decode/{role}"), &input(tokens));
        let found = found["batch_results"].as_array().expect("results").clone();
        let found: Vec<_> = found.iter().map(|one| one["decoded_value"].clone()).collect();
        assert_eq!(found, values.iter().map(|value| json!(value)).collect::<Vec<_>>());
    }

    /// Cards in requests that fail, each with one of its own.
    fn refused_values(&mut self, vault: &mut Vault, role: &str) {
        let encode = format!("encode/{role}");
        let broken = format!("{{\"value\":\"{}", self.card("card in half a body"));
        let long = format!("{}{}", self.card("card that is too long"), self.card("its end"));
        let bodies = [
            broken,
            json!({ "value": long }).to_string(),
            json!({ "value": format!("{}x", self.card("card with a letter")) }).to_string(),
            json!({ "value": { "card": self.card("card in an object") } }).to_string(),
            json!({ "value": self.card("card for another"), "transformation": "none" }).to_string(),
            json!({ "value": self.card("card"), "tweak": self.card("card as a tweak"), "ttl": "x" })
                .to_string(),
        ];
        for body in bodies {
            self.refused(vault, "TEST_API", &encode, &body);
        }
        let value = self.card("card of a stranger");
        let body = json!({ "value": value }).to_string();
        self.refused(vault, "unknown", &encode, &body);
        let (path, who) = (self.card("card in a path"), self.card("card as a token"));
        self.refused(vault, "TEST_API", &format!("encode/{path}"), "{\"value\":\"1\"}");
        self.refused(vault, &who, &encode, "{\"value\":\"1\"}");
        let why = json!({ "value": "4111111111111111", "purpose": self.card("card as a purpose") });
        self.refused(vault, "TEST_API", &format!("decode/{role}"), &why.to_string());
    }

    /// Cards where a name or a text is wanted.
    fn beside_tokens(&mut self, vault: &mut Vault) {
        let metadata = json!({ "note": self.card("card in metadata") });
        let body = json!({ "value": self.card("card with metadata"), "metadata": metadata });
        self.refused(vault, "TEST_API", "encode/kept", &body.to_string());
        let unknown = json!({ "value": self.card("card in place of a token") }).to_string();
        for path in ["decode/kept", "validate/kept", "metadata/kept"] {
            let _ = vault.ask_as("TEST_API", path, &unknown).expect("an answer");
        }
    }

    #[track_caller]
    fn refused(&mut self, vault: &mut Vault, who: &str, path: &str, body: &str) {
        let (status, answer) = vault.ask_as(who, path, body).expect("an answer");
        assert!((400..500).contains(&status), "{path}: {status} {answer}");
        self.look_at("an answer", &answer.to_string());
    }
}
