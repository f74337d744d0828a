//! The functions of the registration API, for policy, metrics and the audit log.

use crate::principal::Proof;

/// Which registration function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Function {
    /// How clients of one type prove themselves.
    AuthMethods,
    /// Opens a registration that someone must confirm.
    BeginRegistration,
    /// Makes a client account.
    CreateClient,
    /// Makes an API key.
    AddApiKey,
    /// Shows an API key's servers and operations.
    ShowApiKey,
    /// The caller's address as the gateway sees it.
    ClientAddress,
    /// What an API key may create.
    ListOperations,
    /// Takes a domain name for the holder of a key.
    EnrolDomain,
    /// Opens a domain update.
    DomainChallenge,
    /// Changes addresses and records of a domain.
    UpdateDomain,
    /// Stores how an installation went.
    InstallStatus,
    /// Lets a domain move to a new key or address.
    UnlockDomain,
    /// Stores a log for support.
    SendLog,
    /// Approves a type of key for an API key.
    ApproveType,
}

impl Function {
    /// Every function, in the order of their audit codes.
    pub const ALL: [Self; 14] = [
        Self::AuthMethods,
        Self::BeginRegistration,
        Self::CreateClient,
        Self::AddApiKey,
        Self::ShowApiKey,
        Self::ClientAddress,
        Self::ListOperations,
        Self::EnrolDomain,
        Self::DomainChallenge,
        Self::UpdateDomain,
        Self::InstallStatus,
        Self::UnlockDomain,
        Self::SendLog,
        Self::ApproveType,
    ];

    /// Name in metrics and the audit log.
    pub fn name(self) -> &'static str {
        match self {
            Self::AuthMethods => "auth_methods",
            Self::BeginRegistration => "begin_registration",
            Self::CreateClient => "create_client",
            Self::AddApiKey => "add_api_key",
            Self::ShowApiKey => "show_api_key",
            Self::ClientAddress => "client_address",
            Self::ListOperations => "list_operations",
            Self::EnrolDomain => "enrol_domain",
            Self::DomainChallenge => "domain_challenge",
            Self::UpdateDomain => "update_domain",
            Self::InstallStatus => "install_status",
            Self::UnlockDomain => "unlock_domain",
            Self::SendLog => "send_log",
            Self::ApproveType => "approve_type",
        }
    }

    /// Whether it changes what the store holds.
    pub fn is_control(self) -> bool {
        !matches!(
            self,
            Self::AuthMethods | Self::ShowApiKey | Self::ClientAddress | Self::ListOperations
        )
    }

    /// Whether a caller that proved itself so may ask for it.
    pub fn accepts(self, proof: Proof) -> bool {
        match self {
            Self::AuthMethods
            | Self::BeginRegistration
            | Self::CreateClient
            | Self::ClientAddress
            | Self::SendLog => true,
            Self::AddApiKey | Self::ShowApiKey => proof == Proof::Password,
            Self::ListOperations
            | Self::EnrolDomain
            | Self::DomainChallenge
            | Self::UpdateDomain
            | Self::InstallStatus
            | Self::UnlockDomain
            | Self::ApproveType => proof == Proof::ApiKey,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_names_an_account_is_open_to_everyone() {
        let open: Vec<_> =
            Function::ALL.into_iter().filter(|one| one.accepts(Proof::Anonymous)).collect();
        assert_eq!(
            open,
            [
                Function::AuthMethods,
                Function::BeginRegistration,
                Function::CreateClient,
                Function::ClientAddress,
                Function::SendLog
            ]
        );
    }

    #[test]
    fn a_password_does_not_serve_where_an_api_key_is_asked_for_and_vice_versa() {
        assert!(Function::AddApiKey.accepts(Proof::Password));
        assert!(!Function::AddApiKey.accepts(Proof::ApiKey));
        assert!(Function::UpdateDomain.accepts(Proof::ApiKey));
        assert!(!Function::UpdateDomain.accepts(Proof::Password));
    }

    #[test]
    fn names_differ() {
        let names: std::collections::HashSet<_> = Function::ALL.iter().map(|f| f.name()).collect();
        assert_eq!(names.len(), Function::ALL.len());
    }
}
