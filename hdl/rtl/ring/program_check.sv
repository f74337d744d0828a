// Reads the steps of a program and decides whether they are one; combinational.
//
// Accepted: mac_check? (cbc_open | gcm_open) operate? (cbc_seal | gcm_seal) mac_seal? end, with
// mac_check only before cbc_open, mac_seal only after cbc_seal, operate only between cbc_open and
// cbc_seal that carry `envelope`, and `envelope` and `iv` nowhere else.

module program_check
  import card_pkg::*;
  import front_pkg::*;
(
  input  logic [127:0] steps_i,   // as in memory
  input  logic [7:0]   params_i,  // parameter blocks
  output logic         ok_o,
  output program_t     program_o
);

  typedef enum logic [2:0] {
    AtStart,
    AtMacCheck,
    AtCbcOpen,
    AtGcmOpen,
    AtOperate,
    AtCbcSeal,
    AtGcmSeal,
    AtMacSeal
  } at_e;

  at_e      at;
  logic     legal, ended, operated, open_envelope, seal_envelope, needs_params;
  program_t prog;

  // Whether a step of this kind may follow.
  function automatic logic follows(at_e state, step_kind_e kind);
    unique case (kind)
      StepMacCheck:       return state == AtStart;
      StepCbcOpen:        return state == AtStart || state == AtMacCheck;
      StepGcmOpen:        return state == AtStart;
      StepOperateEncrypt: return state == AtCbcOpen;
      StepOperateDecrypt: return state == AtCbcOpen;
      StepCbcSeal:        return state == AtCbcOpen || state == AtGcmOpen || state == AtOperate;
      StepGcmSeal:        return state == AtCbcOpen || state == AtGcmOpen;
      StepMacSeal:        return state == AtCbcSeal;
      default:            return 1'b0;
    endcase
  endfunction

  function automatic at_e after(step_kind_e kind);
    unique case (kind)
      StepMacCheck: return AtMacCheck;
      StepCbcOpen:  return AtCbcOpen;
      StepGcmOpen:  return AtGcmOpen;
      StepCbcSeal:  return AtCbcSeal;
      StepGcmSeal:  return AtGcmSeal;
      StepMacSeal:  return AtMacSeal;
      default:      return AtOperate;
    endcase
  endfunction

  always_comb begin
    at            = AtStart;
    legal         = 1'b1;
    ended         = 1'b0;
    operated      = 1'b0;
    open_envelope = 1'b0;
    seal_envelope = 1'b0;
    needs_params  = 1'b0;
    prog          = '0;
    for (int unsigned s = 0; s < StepsMax; s++) begin
      logic [15:0] raw;
      step_t       step;
      logic        is_cbc;
      raw    = steps_i[16*s +: 16];
      step   = '{iv: raw[7], envelope: raw[6], key: raw[5:4], kind: step_kind_e'(raw[3:0])};
      is_cbc = step.kind == StepCbcOpen || step.kind == StepCbcSeal;
      if (step.kind == StepEnd) ended = 1'b1;
      if (!ended) begin
        legal = legal && raw[15:8] == '0 && follows(at, step.kind)
                && (is_cbc || !(step.iv || step.envelope));
        at    = after(step.kind);
        prog.steps[s] = step;
        prog.keys_used[step.key] = 1'b1;
        prog.roles[step.key] |= 9'd1 << raw[3:0];
        operated      |= at == AtOperate;
        open_envelope |= step.kind == StepCbcOpen && step.envelope;
        seal_envelope |= step.kind == StepCbcSeal && step.envelope;
        prog.gcm_in   |= step.kind == StepGcmOpen;
        prog.gcm_out  |= step.kind == StepGcmSeal;
        prog.tag_in   |= step.kind == StepGcmOpen || step.kind == StepMacCheck;
        prog.mac_out  |= step.kind == StepMacSeal;
        prog.whole    |= is_cbc;
        if (step.kind == StepCbcOpen || step.kind == StepGcmOpen) prog.open_key = step.key;
        needs_params  |= step.iv || step.kind == StepGcmOpen || step.kind == StepGcmSeal;
      end
    end
    prog.envelope = operated;
    prog.params   = params_i == 8'd2;
  end

  assign program_o = prog;
  assign ok_o = legal && (at == AtCbcSeal || at == AtGcmSeal || at == AtMacSeal)
                && open_envelope == operated && seal_envelope == operated
                && (params_i == 8'd2 || (params_i == '0 && !needs_params));

endmodule
