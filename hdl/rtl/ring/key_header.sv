// Reads the authenticated header of a wrapped key; combinational.

module key_header
  import card_pkg::*;
  import front_pkg::*;
(
  input  line_t       header_i,     // as in memory
  input  logic [31:0] generation_i,
  output logic        ok_o,         // a version and an algorithm that the card knows, rest zero
  output logic        gcm_o,        // some right needs the powers for GHASH
  output meta_t       meta_o
);

  logic [15:0] usage, roles;
  logic [7:0]  version, algorithm;
  logic        reserved_zero;

  assign version   = header_i[abi_pkg::KeyVersionLsb +: 8];
  assign algorithm = header_i[abi_pkg::KeyAlgorithmLsb +: 8];
  assign usage     = header_i[abi_pkg::KeyUsageLsb +: 16];
  assign roles     = header_i[abi_pkg::KeyRolesLsb +: 16];
  assign reserved_zero = header_i[abi_pkg::KeyReservedLsb +: 16] == '0
                         && header_i[abi_pkg::KeyReservedTailLsb +: 128] == '0
                         && usage[15:9] == '0 && roles[15:RoleW] == '0 && !roles[0];

  assign ok_o  = version == 8'd1 && algorithm >= 8'd1 && algorithm <= 8'd3 && reserved_zero;
  assign gcm_o = usage[abi_pkg::UsageGcmEncrypt] || usage[abi_pkg::UsageGcmDecrypt]
                 || roles[abi_pkg::StepGcmOpen] || roles[abi_pkg::StepGcmSeal];

  assign meta_o = '{
    key_len:    algorithm[1:0] - 2'd1,
    generation: generation_i,
    usage:      usage[8:0],
    roles:      roles[RoleW-1:0],
    partition:  header_i[abi_pkg::KeyPartitionLsb +: 32],
    word:       header_i[abi_pkg::KeyWordLsb +: 32],
    key_id:     header_i[abi_pkg::KeyKeyIdLsb +: 64],
    partner:    {header_i[abi_pkg::KeyPartner2Lsb +: 64], header_i[abi_pkg::KeyPartner1Lsb +: 64],
                 header_i[abi_pkg::KeyPartner0Lsb +: 64]}
  };

endmodule
