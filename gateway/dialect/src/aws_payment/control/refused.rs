//! Operations that are known, and never served.
// spec: aws-payment 7.7

use super::Function;
use super::shapes::{
    ALGORITHM, CERTIFICATE, CERTIFICATES, COMMENT, ERRORS, ERRORS_OF_ADDING, ERRORS_OF_LOOKING,
    FLAG, KEY, ONE_KEY, POLICIES, REGION_LIST, REGIONS, TEAM_STATUS, TEAMS, TEXT, TR34,
};
use crate::aws_payment::operation::Operation;
use crate::aws_payment::refusal::Refusal;
use crate::aws_payment::shape::{Alphabet, Member, Shape};

const OF_REGIONS: &[&str] = &[
    "ServiceQuotaExceededException",
    "ValidationException",
    "ConflictException",
    "AccessDeniedException",
    "ResourceNotFoundException",
    "ThrottlingException",
    "InternalServerException",
];
const OF_POLICIES: &[&str] = &[
    "ServiceQuotaExceededException",
    "ServiceUnavailableException",
    "ValidationException",
    "ConflictException",
    "AccessDeniedException",
    "ResourceNotFoundException",
    "ThrottlingException",
    "InternalServerException",
    "PublicPolicyException",
];

const OF_KEY: Member = Member::new("KeyIdentifier", &KEY);
const OF_RESOURCE: Member = Member::new("ResourceArn", &KEY);
const IN_REGIONS: Member = Member::new("ReplicationRegions", &REGION_LIST);
const ENABLED: &[Member] = &[Member::new("EnabledReplicationRegions", &REGION_LIST)];
const ACTION: Shape = Shape::choice(&["IMPORT_ROOT_PUBLIC_KEY_CERTIFICATE"]);
const OPERATION: Member = Member::new("Action", &ACTION);
const ASSOCIATION: Shape = Shape::Structure(&[
    Member::new("Action", &TEXT),
    Member::optional("MpaTeamArn", &TEXT),
    Member::optional("AssociationState", &TEXT),
    Member::optional("MpaStatus", &TEAM_STATUS),
]);
const TEAM: &[Member] = &[Member::new("MpaTeamAssociation", &ASSOCIATION)];
const POLICY: Member = Member::new("Policy", &TEXT);
const WORDS: Shape = Shape::text(1, 128, Alphabet::Any);
const SUBJECT: Shape = Shape::Structure(&[
    Member::new("CommonName", &WORDS),
    Member::optional("OrganizationUnit", &WORDS),
    Member::optional("Organization", &WORDS),
    Member::optional("City", &WORDS),
    Member::optional("Country", &WORDS),
    Member::optional("StateOrProvince", &WORDS),
    Member::optional("EmailAddress", &WORDS),
]);
const SIGNING: Shape = Shape::choice(&["SHA224", "SHA256", "SHA384", "SHA512"]);
const MATERIAL: Shape = Shape::choice(&[
    "TR34_KEY_BLOCK",
    "TR31_KEY_BLOCK",
    "ROOT_PUBLIC_KEY_CERTIFICATE",
    "TRUSTED_PUBLIC_KEY_CERTIFICATE",
    "KEY_CRYPTOGRAM",
]);

pub(super) const FUNCTIONS: &[Function] = &[
    refused("AddKeyReplicationRegions", (&[OF_KEY, IN_REGIONS], ONE_KEY), OF_REGIONS, REGIONS),
    refused("RemoveKeyReplicationRegions", (&[OF_KEY, IN_REGIONS], ONE_KEY), OF_REGIONS, REGIONS),
    refused("EnableDefaultKeyReplicationRegions", (&[IN_REGIONS], ENABLED), OF_REGIONS, REGIONS),
    refused("DisableDefaultKeyReplicationRegions", (&[IN_REGIONS], ENABLED), OF_REGIONS, REGIONS),
    refused("GetDefaultKeyReplicationRegions", (&[], ENABLED), OF_REGIONS, REGIONS),
    refused(
        "AssociateMpaTeam",
        (
            &[
                OPERATION,
                Member::new("MpaTeamArn", &TEXT),
                Member::optional("RequesterComment", &COMMENT),
            ],
            TEAM,
        ),
        ERRORS_OF_ADDING,
        TEAMS,
    ),
    refused(
        "DisassociateMpaTeam",
        (&[OPERATION, Member::optional("RequesterComment", &COMMENT)], TEAM),
        ERRORS_OF_ADDING,
        TEAMS,
    ),
    refused("GetMpaTeamAssociation", (&[OPERATION], TEAM), ERRORS_OF_ADDING, TEAMS),
    refused("DeleteResourcePolicy", (&[OF_RESOURCE], &[]), ERRORS, POLICIES),
    refused(
        "GetResourcePolicy",
        (&[OF_RESOURCE], &[OF_RESOURCE, POLICY]),
        ERRORS_OF_LOOKING,
        POLICIES,
    ),
    refused(
        "PutResourcePolicy",
        (&[OF_RESOURCE, POLICY], &[OF_RESOURCE, POLICY]),
        OF_POLICIES,
        POLICIES,
    ),
    refused(
        "GetCertificateSigningRequest",
        (
            &[
                OF_KEY,
                Member::new("SigningAlgorithm", &SIGNING),
                Member::new("CertificateSubject", &SUBJECT),
            ],
            &[Member::new("CertificateSigningRequest", &CERTIFICATE)],
        ),
        ERRORS_OF_LOOKING,
        CERTIFICATES,
    ),
    refused(
        "GetParametersForExport",
        (
            &[
                Member::new("KeyMaterialType", &MATERIAL),
                Member::new("SigningKeyAlgorithm", &ALGORITHM),
                Member::optional("ReuseLastGeneratedToken", &FLAG),
            ],
            &[
                Member::new("SigningKeyCertificate", &CERTIFICATE),
                Member::new("SigningKeyCertificateChain", &CERTIFICATE),
                Member::new("SigningKeyAlgorithm", &TEXT),
                Member::new("ExportToken", &TEXT),
                Member::new("ParametersValidUntilTimestamp", &TEXT),
            ],
        ),
        ERRORS_OF_ADDING,
        TR34,
    ),
];

/// An operation that is refused before anything of it is read.
const fn refused(
    name: &'static str,
    (input, output): (&'static [Member], &'static [Member]),
    errors: &'static [&'static str],
    reason: &'static str,
) -> Function {
    Function {
        operation: Operation::new(name, input, output, errors).refused(reason),
        read: |_| Err(Refusal::validation("It is not served")),
        write: |_, _| None,
    }
}
