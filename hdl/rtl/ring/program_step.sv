// One step of a program: whether it may follow what stands before it; combinational.
//
// at_i says what the step before was, by its place in the grammar (program_check). Behind the end
// nothing counts any more.

module program_step
  import card_pkg::*;
  import front_pkg::*;
(
  input  logic [15:0]      raw_i,    // as in memory
  input  logic [2:0]       at_i,
  input  logic             ended_i,
  output logic [2:0]       at_o,
  output logic             ended_o,
  output logic             legal_o,
  output step_t            step_o,
  output logic [RoleW-1:0] role_o    // right that its key needs, one-hot
);
  /*verilator no_inline_module*/

  // What may follow: one bit per kind. After the start, mac_check, cbc_open, another that opens,
  // operate, cbc_seal, another that seals, mac_seal.
  localparam logic [15:0] Follows [8] = '{
    16'h0a0e, 16'h0004, 16'h04f0, 16'h04c0, 16'h0040, 16'h0100, 16'h0000, 16'h0000
  };
  // Place in the grammar of each kind.
  localparam logic [2:0] Place [16] = '{
    3'd0, 3'd1, 3'd2, 3'd3, 3'd4, 3'd4, 3'd5, 3'd6, 3'd7, 3'd3, 3'd6, 3'd3, 3'd0, 3'd0, 3'd0, 3'd0
  };

  logic [3:0] kind;
  logic       ended, is_cbc;

  assign kind    = raw_i[3:0];
  assign ended   = ended_i || kind == abi_pkg::StepEnd;
  assign is_cbc  = kind == abi_pkg::StepCbcOpen || kind == abi_pkg::StepCbcSeal;

  assign ended_o = ended;
  assign at_o    = ended ? at_i : Place[kind];
  assign legal_o = ended
                   || (Follows[at_i][kind] && raw_i[15:8] == '0 && (is_cbc || raw_i[7:6] == '0));
  assign step_o  = ended ? '0 : raw_i[7:0];
  assign role_o  = ended ? '0 : RoleW'(1) << kind;

endmodule
