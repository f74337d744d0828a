// A descriptor that is admitted to the checks comes out of them, once, in order and under its own
// name, whatever they find; none comes out that did not go in.
//
// One descriptor is watched, any that goes in while `watch_i`.

module admit_props
  import card_pkg::*;
  import front_pkg::*;
(
  input logic                 clk_i,
  input logic                 watch_i,
  input logic                 fatal_i,
  input logic                 ready_i,
  input logic [1:0]           roots_i,
  input logic                 desc_valid_i,
  input line_t                desc_i,
  input logic [RingW-1:0]     desc_ring_i,
  input logic                 program_known_i,
  input program_t             program_i,
  input logic [KeysMax-1:0]   slots_valid_i,
  input meta_t [KeysMax-1:0]  slots_meta_i,
  input logic                 item_ready_i
);

  logic  rst_n = 1'b0;
  logic  desc_ready, item_valid;
  item_t item;

  admit #(
    .NumSlots (4)
  ) dut (
    .clk_i,
    .rst_ni          (rst_n),
    .fatal_i,
    .ready_i,
    .roots_i,
    .desc_valid_i,
    .desc_ready_o    (desc_ready),
    .desc_i,
    .desc_cycle_i    ('0),
    .desc_ring_i,
    .desc_phase_i    (1'b0),
    .ring_write_i    (1'b0),
    .ring_i          ('0),
    .ring_wide_i     (1'b0),
    .window_base_i   ('0),
    .window_limit_i  ('0),
    .program_index_o (),
    .program_known_i,
    .program_i,
    .slots_o         (),
    .slots_valid_i,
    .slots_meta_i,
    .item_valid_o    (item_valid),
    .item_ready_i,
    .item_o          (item),
    .error_valid_o   (),
    .error_o         (),
    .busy_o          ()
  );

  logic [2:0]  stage_q;   // of the watched one; 0: it is not inside
  job_id_t     id_q;
  logic [2:0]  count_q;   // descriptors inside
  logic [4:1]  valid;
  logic [4:1]  ready;
  logic        put, take;

  assign valid = {dut.valid4_q, dut.valid3_q, dut.valid2_q, dut.valid1_q};
  assign ready = {dut.ready4, dut.ready3, dut.ready2, dut.ready1};
  assign put   = desc_valid_i && desc_ready;
  assign take  = item_valid && item_ready_i;

  always_ff @(posedge clk_i) begin
    rst_n <= 1'b1;
    if (!rst_n) begin
      stage_q <= '0;
      count_q <= '0;
    end else begin
      count_q <= count_q + 3'(put) - 3'(take);
      if (stage_q == '0) begin
        if (put && watch_i) begin
          stage_q <= 3'd1;
          id_q    <= '{ring: desc_ring_i, tag: desc_i[abi_pkg::DescTagLsb +: 16]};
        end
      end else if (stage_q == 3'd4) begin
        if (item_ready_i) stage_q <= '0;
      end else if (ready[stage_q + 3'd1]) begin
        stage_q <= stage_q + 3'd1;
      end

      // it is where it ought to be, under its name, to the end
      a_stage: assert (stage_q <= 3'd4 && (stage_q == '0 || valid[stage_q]));
      a_at_1:  assert (stage_q != 3'd1 || (dut.ring1_q == id_q.ring
                   && dut.desc1_q[abi_pkg::DescTagLsb +: 16] == id_q.tag));
      a_at_2:  assert (stage_q != 3'd2 || dut.job2_q.id == id_q);
      a_at_3:  assert (stage_q != 3'd3 || dut.job3_q.id == id_q);
      a_name:  assert (stage_q != 3'd4 || (item_valid && item.job.id == id_q));
      // as many come out as go in
      a_count: assert (count_q == 3'(valid[1]) + 3'(valid[2]) + 3'(valid[3]) + 3'(valid[4]));
      // nothing stands still before a place that is free
      a_move:  assert (!item_ready_i || ready == '1);
      c_four:  cover (count_q == 3'd4 && stage_q == 3'd4);
      c_job:   cover (take && stage_q == 3'd4 && item.act == ActZeroise);
    end
  end

endmodule
