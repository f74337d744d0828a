// Pointers of one ring: doorbells are checked, fetches are given out against credit.
//
// All counts run freely, 16 bits. Held at all times while the ring is on:
//   sq_tail - sq_head <= size     descriptors written and not yet taken
//   fetch - cq_head   <= size     each descriptor asked for has a place in the completion ring
// A doorbell or a completion head that would break this, or goes backwards, changes nothing and
// stops the ring. want_o and fetch_count_o hold from two cycles after the last change.

module ring_ptr
(
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic        enable_i,     // pulse; all counts go to 0; not while descriptors are inside
  input  logic        disable_i,    // pulse
  input  logic        stop_i,       // a read of descriptors failed
  input  logic [3:0]  lost_i,       // with stop_i: so many descriptors never came
  input  logic [3:0]  log2_size_i,  // steady while enabled
  input  logic [2:0]  base_line_i,  // bits 8:6 of the submission ring's address

  input  logic        tail_valid_i,
  input  logic [15:0] tail_i,
  input  logic        head_valid_i,
  input  logic [15:0] head_i,
  output logic        tail_error_o,
  output logic        head_error_o,

  // fetch: up to eight descriptors, not across the ring's end or a multiple of 512 bytes
  output logic        want_o,
  output logic [3:0]  fetch_count_o,
  output logic [15:0] fetch_index_o,  // of the first, in its ring
  input  logic        fetch_i,
  input  logic        take_i,       // one descriptor was taken into the card
  output logic        take_phase_o, // that it must carry
  input  logic [4:0]  commit_i,     // so many completions were written
  output logic        no_credit_o,  // descriptors wait, and only room in the completion ring lacks

  output logic        enabled_o,
  output logic        stopped_o,
  output logic [15:0] jobs_o,       // asked for, and neither completed in memory nor lost
  output logic [15:0] sq_head_o,    // descriptors taken into the card
  output logic [15:0] cq_tail_o,    // completions written
  output logic        busy_o        // descriptors can be fetched, or jobs are inside
);

  logic        enabled_q, stopped_q;
  logic [15:0] sq_tail_q, fetch_q, sq_head_q, cq_tail_q, cq_head_q, jobs_q;
  logic        want_q, no_credit_q;
  logic [3:0]  count_q;

  logic [15:0] size, index, waiting, room, to_end, used_after, used_now;
  logic [3:0]  to_line, count;
  logic        tail_ok, head_ok, active;

  assign active = enabled_q && !stopped_q;
  assign size   = 16'd1 << log2_size_i;

  // doorbell: neither backwards nor beyond the ring
  assign used_after = tail_i - sq_head_q;
  assign used_now   = sq_tail_q - sq_head_q;
  assign tail_ok    = used_after <= size && used_after >= used_now;
  assign head_ok    = (head_i - cq_head_q) <= (cq_tail_q - cq_head_q);

  assign tail_error_o = active && tail_valid_i && !tail_ok;
  assign head_error_o = active && head_valid_i && !head_ok;

  // fetch; at rest while the ring is
  assign waiting = active ? sq_tail_q - fetch_q : '0;
  assign room    = active ? size - (fetch_q - cq_head_q) : '0;
  assign index   = fetch_q & (size - 16'd1);

  always_comb begin
    to_end  = '0;
    to_line = '0;
    count   = '0;
    if (active) begin
      to_end  = size - index;
      to_line = 4'd8 - {1'b0, base_line_i + fetch_q[2:0]};
      count   = to_line;
      if (to_end < 16'(count)) count = to_end[3:0];
      if (waiting < 16'(count)) count = waiting[3:0];
      if (room < 16'(count)) count = room[3:0];
    end
  end

  assign want_o        = want_q && active;
  assign fetch_count_o = count_q;
  assign no_credit_o   = no_credit_q;

  assign busy_o = count != '0 || want_q || jobs_q != '0;

  assign enabled_o     = enabled_q;
  assign stopped_o     = stopped_q;
  assign jobs_o        = jobs_q;
  assign sq_head_o     = sq_head_q;
  assign cq_tail_o     = cq_tail_q;
  assign fetch_index_o = index;
  assign take_phase_o  = (sq_head_q & size) == '0;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      enabled_q   <= 1'b0;
      stopped_q   <= 1'b0;
      want_q      <= 1'b0;
      no_credit_q <= 1'b0;
      count_q     <= '0;
      sq_tail_q   <= '0;
      fetch_q     <= '0;
      sq_head_q   <= '0;
      cq_tail_q   <= '0;
      cq_head_q   <= '0;
      jobs_q      <= '0;
    end else if (enable_i) begin
      enabled_q   <= 1'b1;
      stopped_q   <= 1'b0;
      want_q      <= 1'b0;
      no_credit_q <= 1'b0;
      sq_tail_q   <= '0;
      fetch_q     <= '0;
      sq_head_q   <= '0;
      cq_tail_q   <= '0;
      cq_head_q   <= '0;
      jobs_q      <= '0;
    end else if (enabled_q || jobs_q != '0) begin
      if (disable_i) enabled_q <= 1'b0;
      if (stop_i || tail_error_o || head_error_o) stopped_q <= 1'b1;
      if (active && tail_valid_i && tail_ok) sq_tail_q <= tail_i;
      if (active && head_valid_i && head_ok) cq_head_q <= head_i;
      if (fetch_i) fetch_q <= fetch_q + 16'(count_q);
      if (take_i) sq_head_q <= sq_head_q + 16'd1;
      cq_tail_q   <= cq_tail_q + 16'(commit_i);
      jobs_q      <= jobs_q + (fetch_i ? 16'(count_q) : '0) - 16'(commit_i)
                     - (stop_i ? 16'(lost_i) : '0);
      count_q     <= count;
      want_q      <= !fetch_i && count != '0;
      no_credit_q <= active && !fetch_i && waiting != '0 && room == '0;
    end
  end

endmodule
