// What must hold of a ring's pointers, whatever the host writes.
//
// The host is free: any doorbell, any completion head, at any time. The card's own side keeps
// three promises, which are the assumptions: it fetches only what is offered, takes only what it
// fetched, and completes only what it took.

module ring_ptr_props
(
  input logic        clk_i,
  input logic        enable_i,
  input logic        disable_i,
  input logic        stop_i,
  input logic        tail_valid_i,
  input logic [15:0] tail_i,
  input logic        head_valid_i,
  input logic [15:0] head_i,
  input logic        fetch_i,
  input logic        take_i,
  input logic [4:0]  commit_i,
  input logic [3:0]  log2_size_i,
  input logic [2:0]  base_line_i
);

  logic       rst_n = 1'b0;
  logic       want, tail_error, head_error;
  logic [3:0] count, log2_q;
  logic [2:0] base_q;
  logic [15:0] tail_q, cq_head_q;
  logic       bad_tail_q, bad_head_q;
  logic       enabled, stopped;
  logic [15:0] jobs;

  ring_ptr dut (
    .clk_i,
    .rst_ni        (rst_n),
    .enable_i,
    .disable_i,
    .stop_i,
    .lost_i        (4'd0),
    .log2_size_i,
    .base_line_i,
    .tail_valid_i,
    .tail_i,
    .head_valid_i,
    .head_i,
    .tail_error_o  (tail_error),
    .head_error_o  (head_error),
    .want_o        (want),
    .fetch_count_o (count),
    .fetch_i,
    .take_i,
    .commit_i,
    .fetch_index_o (),
    .take_phase_o  (),
    .no_credit_o   (),
    .enabled_o     (enabled),
    .stopped_o     (stopped),
    .jobs_o        (jobs),
    .sq_head_o     (),
    .cq_tail_o     (),
    .busy_o        ()
  );

  logic [2:0]  line;  // of 64 bytes within 512, where the next descriptor lies
  logic [15:0] size, written, asked, untaken, unseen;
  assign line    = base_line_i + dut.fetch_q[2:0];
  assign size    = 16'd1 << log2_size_i;
  assign written = dut.sq_tail_q - dut.sq_head_q;  // descriptors written and not taken
  assign asked   = dut.fetch_q - dut.sq_head_q;    // fetched and not taken
  assign untaken = dut.sq_head_q - dut.cq_tail_q;  // taken and not completed
  assign unseen  = dut.cq_tail_q - dut.cq_head_q;  // completed and not seen by the host

  always_ff @(posedge clk_i) begin
    rst_n      <= 1'b1;
    log2_q     <= log2_size_i;
    base_q     <= base_line_i;
    bad_tail_q <= rst_n && tail_error && !enable_i;
    bad_head_q <= rst_n && head_error && !enable_i;
    tail_q     <= dut.sq_tail_q;
    cq_head_q  <= dut.cq_head_q;
    if (rst_n) begin
      // the card's own side
      assume (log2_size_i == log2_q && base_line_i == base_q);
      assume (!fetch_i || want);
      assume (!take_i || asked != '0);
      assume (16'(commit_i) <= untaken);
      assume (!enable_i || jobs == '0);

      // nothing is lost, nothing overflows
      a_submission: assert (written <= size);
      a_order:      assert (asked <= written);
      a_credit:     assert (dut.fetch_q - dut.cq_head_q <= size);
      a_completion: assert (untaken <= size && unseen <= size);
      a_sum:        assert (asked + untaken + unseen == dut.fetch_q - dut.cq_head_q);
      a_jobs:       assert (jobs == asked + untaken);
      // what is offered can be fetched
      a_offer:      assert (!want || (count != '0 && 16'(count) <= written - asked
                        && 16'(count) <= size - (dut.fetch_q - dut.cq_head_q)));
      a_end:        assert (!want || 16'(count) <= size - (dut.fetch_q & (size - 16'd1)));
      a_read:       assert (!want || 5'(line) + 5'(count) <= 5'd8);
      // a bad doorbell changes nothing and stops the ring
      a_bad_tail:   assert (!bad_tail_q || (stopped && dut.sq_tail_q == tail_q));
      a_bad_head:   assert (!bad_head_q || (stopped && dut.cq_head_q == cq_head_q));
      a_stopped:    assert (!stopped || !want);
    end else begin
      assume (log2_size_i >= 4'd4 && log2_size_i <= 4'd12);
    end
    // the size never leaves its range
    a_range: assert (!rst_n || (log2_q >= 4'd4 && log2_q <= 4'd12));
  end

  always_ff @(posedge clk_i) begin
    if (rst_n) begin
      c_full:  cover (written == size);
      c_fetch: cover (fetch_i && count == 4'd8);
      c_stop:  cover (stopped && jobs != '0);
    end
  end

endmodule
