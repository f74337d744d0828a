// Reads the steps of a program and decides whether they are one; combinational.
//
// Accepted: mac_check? (cbc_open | gcm_open | ctr_open | ecb_open) operate? (cbc_seal | gcm_seal |
// ctr_seal) mac_seal? end, with mac_check only before cbc_open, mac_seal only after cbc_seal,
// operate only between cbc_open and cbc_seal that carry `envelope`, and `envelope` and `iv` nowhere
// else. That is at most five steps; a sixth is refused, whatever it is.

module program_check
  import card_pkg::*;
  import front_pkg::*;
(
  input  logic [127:0] steps_i,   // as in memory
  input  logic [7:0]   params_i,  // parameter blocks
  output logic         ok_o,
  output program_t     program_o
);

  localparam int unsigned Longest = 5;

  logic [Longest:0][2:0]         at;
  logic [Longest:0]              ended;
  logic [Longest-1:0]            legal;
  step_t [Longest-1:0]           step;
  logic [Longest-1:0][RoleW-1:0] role;
  logic [RoleW-1:0]              all_roles;
  logic                          operates, any_iv, closed, needs_params;
  logic [Longest-1:0]            opens_envelope, seals_envelope;
  logic                          unused_steps;

  assign at[0]        = '0;
  assign ended[0]     = 1'b0;
  assign unused_steps = ^steps_i[127:16*Longest+4];

  for (genvar s = 0; s < Longest; s++) begin : gen_step
    program_step u_step (
      .raw_i(steps_i[16*s +: 16]), .at_i(at[s]), .ended_i(ended[s]), .at_o(at[s+1]),
      .ended_o(ended[s+1]), .legal_o(legal[s]), .step_o(step[s]), .role_o(role[s])
    );
    assign opens_envelope[s] = step[s].envelope && role[s][abi_pkg::StepCbcOpen];
    assign seals_envelope[s] = step[s].envelope && role[s][abi_pkg::StepCbcSeal];
  end

  always_comb begin
    all_roles = '0;
    any_iv    = 1'b0;
    for (int unsigned s = 0; s < Longest; s++) begin
      all_roles |= role[s];
      any_iv    |= step[s].iv;
    end
  end

  assign operates = all_roles[abi_pkg::StepOperateEncrypt]
                    || all_roles[abi_pkg::StepOperateDecrypt];
  assign needs_params = any_iv || all_roles[abi_pkg::StepGcmOpen]
                        || all_roles[abi_pkg::StepGcmSeal] || all_roles[abi_pkg::StepCtrOpen]
                        || all_roles[abi_pkg::StepCtrSeal];
  assign closed = (ended[Longest] || steps_i[16*Longest +: 4] == '0) && at[Longest] >= 3'd5;

  // At rest while there is no first step; that is no program.
  always_comb begin
    ok_o             = 1'b0;
    program_o        = '0;
    program_o.params = params_i == 8'd2;
    if (steps_i[3:0] != abi_pkg::StepEnd) begin
      ok_o = (&legal) && closed && (|opens_envelope) == operates
             && (|seals_envelope) == operates
             && (params_i == 8'd2 || (params_i == '0 && !needs_params));
      program_o.gcm_in   = all_roles[abi_pkg::StepGcmOpen];
      program_o.gcm_out  = all_roles[abi_pkg::StepGcmSeal];
      program_o.tag_in   = all_roles[abi_pkg::StepGcmOpen] || all_roles[abi_pkg::StepMacCheck];
      program_o.mac_out  = all_roles[abi_pkg::StepMacSeal];
      program_o.envelope = operates;
      program_o.whole    = all_roles[abi_pkg::StepCbcOpen] || all_roles[abi_pkg::StepCbcSeal]
                           || all_roles[abi_pkg::StepEcbOpen];
      for (int unsigned s = 0; s < Longest; s++) begin
        program_o.steps[s] = step[s];
        if (role[s][abi_pkg::StepCbcOpen] || role[s][abi_pkg::StepGcmOpen]
            || role[s][abi_pkg::StepCtrOpen] || role[s][abi_pkg::StepEcbOpen]) begin
          program_o.open_key = step[s].key;
        end
        if (role[s] != '0) program_o.keys_used[step[s].key] = 1'b1;
        program_o.roles[step[s].key] |= role[s];
      end
    end
  end

endmodule
