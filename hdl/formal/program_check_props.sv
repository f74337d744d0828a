// The automaton accepts exactly the programs that are listed here, one line each.
//
// Kinds are read from the right, four bits a step: 'h8_6_4_2_1 is mac_check, cbc_open,
// operate_encrypt, cbc_seal, mac_seal. What stands behind the end does not count.

module program_check_props
  import card_pkg::*;
  import front_pkg::*;
(
  input logic         clk_i,
  input logic [127:0] steps_i,
  input logic [7:0]   params_i
);

  logic     ok;
  program_t prog;

  program_check dut (
    .steps_i,
    .params_i,
    .ok_o      (ok),
    .program_o (prog)
  );

  logic [31:0] kinds;        // up to the end
  logic [7:0]  used, envelope, iv, odd, counter;
  logic        shape, operates, flags_ok, params_ok;
  logic [15:0] step;

  always_comb begin
    kinds = '0;
    used  = '0;
    {envelope, iv, odd, counter} = '0;
    for (int unsigned s = 0; s < 8; s++) begin
      step    = steps_i[16*s +: 16];
      used[s] = step[3:0] != 4'd0 && (s == 0 || used[s-1]);
      if (used[s]) begin
        kinds[4*s +: 4] = step[3:0];
        envelope[s]     = step[6];
        iv[s]           = step[7];
        odd[s]          = step[15:8] != '0;
        counter[s]      = step[3:0] inside {4'd3, 4'd7, 4'd9, 4'd10};
      end
    end
  end

  // Each list once with and once without the MAC check in front.
  always_comb begin
    unique case (kinds)
      32'h62, 32'h862, 32'h72, 32'h621, 32'h8621, 32'h721: {shape, operates} = 2'b10;
      32'h642, 32'h8642, 32'h652, 32'h8652:                {shape, operates} = 2'b11;
      32'h6421, 32'h86421, 32'h6521, 32'h86521:            {shape, operates} = 2'b11;
      32'h63, 32'h863, 32'h73, 32'ha3, 32'ha2, 32'ha21:    {shape, operates} = 2'b10;
      32'h69, 32'h869, 32'h79, 32'ha9:                     {shape, operates} = 2'b10;
      32'h6b, 32'h86b, 32'h7b, 32'hab:                     {shape, operates} = 2'b10;
      default:                                             {shape, operates} = 2'b00;
    endcase
  end

  // `envelope` stands on both CBC steps of a program that operates, and nowhere else; `iv` on CBC
  // steps only; parameters where something needs them.
  always_comb begin
    flags_ok  = odd == '0;
    params_ok = params_i == 8'd2 || (params_i == 8'd0 && iv == '0 && counter == '0);
    for (int unsigned s = 0; s < 8; s++) begin
      if (used[s]) begin
        if (kinds[4*s +: 4] == 4'd2 || kinds[4*s +: 4] == 4'd6) begin
          flags_ok = flags_ok && envelope[s] == operates;
        end else begin
          flags_ok = flags_ok && !envelope[s] && !iv[s];
        end
      end
    end
  end

  always_ff @(posedge clk_i) begin
    a_exact: assert (ok == (shape && flags_ok && params_ok));
    // each used key asks for exactly the roles of its steps
    for (int unsigned s = 0; s < 8; s++) begin
      if (used[s] && ok) begin
        assert (prog.keys_used[steps_i[16*s+4 +: 2]]);
        assert (prog.roles[steps_i[16*s+4 +: 2]][kinds[4*s +: 4]]);
      end
      assert (!ok || prog.steps[s].kind <= StepEcbOpen);
    end
    c_process:   cover (ok && kinds == 32'h86421);
    c_reencrypt: cover (ok && kinds == 32'h73);
    c_counter:   cover (ok && kinds == 32'ha9);
  end

endmodule
