// Decides when a ring's interrupt fires.
//
// Armed with the count of completions the host has taken, it fires once: at once if there are
// more already; else when `count_i` completions are unseen, or `hold_i` cycles after the first.
// A completion that asks for it fires without being armed. fire_o is a register, one cycle.

module moderation (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        disarm_i,      // the ring is enabled anew
  input  logic        arm_i,
  input  logic [15:0] taken_i,       // with arm_i
  input  logic [15:0] cq_tail_i,
  input  logic        urgent_i,
  input  logic [7:0]  count_i,
  input  logic [23:0] hold_i,
  output logic        fire_o,
  output logic        busy_o         // its timer runs
);

  logic        armed_q, fire_q, due;
  logic [15:0] taken_q, unseen;
  logic [23:0] age_q;

  // Zero unless armed.
  assign unseen = armed_q ? cq_tail_i - taken_q : '0;
  assign busy_o = unseen != '0 || fire_q;
  assign due    = unseen != '0 && (unseen >= 16'(count_i) || age_q >= hold_i);
  assign fire_o = fire_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      armed_q <= 1'b0;
      fire_q  <= 1'b0;
      taken_q <= '0;
      age_q   <= '0;
    end else begin
      fire_q <= due || urgent_i || (arm_i && taken_i != cq_tail_i);
      if (due || urgent_i || disarm_i) armed_q <= 1'b0;
      if (unseen == '0) age_q <= '0;
      else age_q <= age_q + 24'd1;
      if (arm_i) begin
        armed_q <= taken_i == cq_tail_i;
        taken_q <= taken_i;
      end
    end
  end

endmodule
