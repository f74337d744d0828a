// One ring's completions that lie in the gathering memory: how many, and whether to write them.
//
// put_i adds one. They are worth a write when they reach a multiple of 256 bytes or the ring's
// end, when no job is left in the ring, when the oldest waited hold_cycles_i, or when one is to
// interrupt. write_i takes count_o of them into a burst; cq_tail_i moves when that is written.

module cq_gather (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        enable_i,
  input  logic        wide_i,
  input  logic [3:0]  log2_size_i,
  input  logic [2:0]  base_line_i,    // bits 8:6 of the completion ring's address
  input  logic [15:0] hold_cycles_i,
  input  logic [15:0] cq_tail_i,
  input  logic [15:0] jobs_i,         // asked for and not yet written

  input  logic        put_i,
  input  logic        put_irq_i,
  output logic        full_o,
  output logic        phase_o,        // of the next one
  output logic [4:0]  put_at_o,       // its place in 512 bytes, in 16

  output logic        want_o,
  input  logic        write_i,
  output logic [4:0]  count_o,
  output logic        irq_o,
  output logic [15:0] index_o,        // of the oldest, in its ring
  output logic [4:0]  at_o,
  output logic        busy_o
);

  // Entries that may wait: seven lines of 64 bytes, less one under way.
  localparam logic [15:0] NarrowMax = 16'd27;
  localparam logic [15:0] WideMax = 16'd13;

  logic [15:0] put_q, age_q, pending, mask, to_end;
  logic        irq_q, waits;
  logic [4:0]  to_line, burst, count;

  assign pending = put_q - cq_tail_i;
  assign waits   = pending != '0;
  assign full_o  = pending >= (wide_i ? WideMax : NarrowMax);

  // ---------------------------------------------------------------- place of the next
  assign phase_o  = (put_q & (16'd1 << log2_size_i)) == '0;
  assign put_at_o = {base_line_i, 2'd0} + (wide_i ? {put_q[3:0], 1'b0} : put_q[4:0]);

  // ---------------------------------------------------------------- the next burst
  assign mask    = (16'd1 << log2_size_i) - 16'd1;
  assign index_o = cq_tail_i & mask;
  assign to_end  = mask + 16'd1 - index_o;
  assign at_o    = {base_line_i, 2'd0} + (wide_i ? {cq_tail_i[3:0], 1'b0} : cq_tail_i[4:0]);
  assign to_line = wide_i ? 5'd8 - {2'd0, at_o[3:1]} : 5'd16 - {1'b0, at_o[3:0]};
  assign burst   = to_end < 16'(to_line) ? to_end[4:0] : to_line;
  assign count   = pending < 16'(burst) ? pending[4:0] : burst;

  assign want_o  = waits && (irq_q || pending >= 16'(burst) || pending == jobs_i
                             || age_q >= hold_cycles_i);
  assign count_o = count;
  assign irq_o   = irq_q;
  assign busy_o  = waits;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      put_q <= '0;
      age_q <= '0;
      irq_q <= 1'b0;
    end else if (enable_i) begin
      put_q <= '0;
      age_q <= '0;
      irq_q <= 1'b0;
    end else begin
      if (put_i) put_q <= put_q + 16'd1;
      if (!waits || (write_i && pending == 16'(count))) age_q <= '0;
      else if (age_q != '1) age_q <= age_q + 16'd1;
      // what does not fit into the burst interrupts with the next
      if (put_i && put_irq_i) irq_q <= 1'b1;
      else if (write_i && pending == 16'(count)) irq_q <= 1'b0;
    end
  end

endmodule
