//! The kinds of requests.

/// The kind of a [`Request`](super::Request), for policy, metrics and the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Function {
    /// Makes a key.
    CreateKey,
    /// Brings a key in.
    ImportKey,
    /// Lets a key out.
    ExportKey,
    /// Shows a key.
    GetKey,
    /// Lists keys.
    ListKeys,
    /// Has a key deleted later.
    DeleteKey,
    /// Takes that back.
    RestoreKey,
    /// Lets a key be used.
    StartKeyUsage,
    /// Lets a key not be used.
    StopKeyUsage,
    /// Names a key.
    CreateAlias,
    /// Shows which key a name means.
    GetAlias,
    /// Has a name mean another key.
    UpdateAlias,
    /// Drops a name.
    DeleteAlias,
    /// Lists names.
    ListAliases,
    /// Tags a key.
    TagResource,
    /// Takes tags off a key.
    UntagResource,
    /// Lists the tags of a key.
    ListTags,
    /// Makes a key pair under whose public half keys come in.
    ImportParameters,
    /// Shows the public half of a key pair.
    PublicKeyCertificate,
}

impl Function {
    /// Every function, in the order of their audit codes.
    pub const ALL: [Self; 19] = [
        Self::CreateKey,
        Self::ImportKey,
        Self::ExportKey,
        Self::GetKey,
        Self::ListKeys,
        Self::DeleteKey,
        Self::RestoreKey,
        Self::StartKeyUsage,
        Self::StopKeyUsage,
        Self::CreateAlias,
        Self::GetAlias,
        Self::UpdateAlias,
        Self::DeleteAlias,
        Self::ListAliases,
        Self::TagResource,
        Self::UntagResource,
        Self::ListTags,
        Self::ImportParameters,
        Self::PublicKeyCertificate,
    ];

    /// Whether it changes what the store holds or lets a stored key out.
    pub fn is_control(self) -> bool {
        !matches!(
            self,
            Self::GetKey
                | Self::ListKeys
                | Self::GetAlias
                | Self::ListAliases
                | Self::ListTags
                | Self::PublicKeyCertificate
        )
    }

    /// Whether what is kept of keys and names for their use may be untrue after it.
    pub fn revokes(self) -> bool {
        matches!(
            self,
            Self::DeleteKey
                | Self::RestoreKey
                | Self::StartKeyUsage
                | Self::StopKeyUsage
                | Self::UpdateAlias
                | Self::DeleteAlias
        )
    }

    /// Name in metrics and the audit log.
    pub fn name(self) -> &'static str {
        match self {
            Self::CreateKey => "payment_create_key",
            Self::ImportKey => "payment_import_key",
            Self::ExportKey => "payment_export_key",
            Self::GetKey => "payment_get_key",
            Self::ListKeys => "payment_list_keys",
            Self::DeleteKey => "payment_delete_key",
            Self::RestoreKey => "payment_restore_key",
            Self::StartKeyUsage => "payment_start_key_usage",
            Self::StopKeyUsage => "payment_stop_key_usage",
            Self::CreateAlias => "payment_create_alias",
            Self::GetAlias => "payment_get_alias",
            Self::UpdateAlias => "payment_update_alias",
            Self::DeleteAlias => "payment_delete_alias",
            Self::ListAliases => "payment_list_aliases",
            Self::TagResource => "payment_tag_key",
            Self::UntagResource => "payment_untag_key",
            Self::ListTags => "payment_list_tags",
            Self::ImportParameters => "payment_import_parameters",
            Self::PublicKeyCertificate => "payment_public_key_certificate",
        }
    }
}
