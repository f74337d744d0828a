// Checks descriptors, one per cycle at best, in the order in which they were fetched.
//
// Four stages behind the buffer's register; each holds while the next is full:
//   1  CRC, phase, program                 3  keys' rights, window
//   2  decoding, lengths                   4  verdict: stands on item_o until item_ready_i
// A key_load, key_zeroise or program_load lets nothing follow before it left stage 4, so what
// comes behind sees its effect.

module admit
  import card_pkg::*;
  import front_pkg::*;
#(
  parameter int unsigned NumSlots = DefaultNumSlots
) (
  input  logic                          clk_i,
  input  logic                          rst_ni,
  input  logic                          fatal_i,
  input  logic                          ready_i,
  input  logic [1:0]                    roots_i,

  input  logic                          desc_valid_i,
  output logic                          desc_ready_o,
  input  line_t                         desc_i,
  input  logic [31:0]                   desc_cycle_i,
  input  logic [RingW-1:0]              desc_ring_i,
  input  logic                          desc_phase_i,   // that the descriptor must carry
  input  logic                          ring_write_i,   // a ring is enabled
  input  logic [RingW-1:0]              ring_i,
  input  logic                          ring_wide_i,
  input  logic [63:0]                   window_base_i,
  input  logic [63:0]                   window_limit_i,

  output logic [3:0]                    program_index_o,
  input  logic                          program_known_i,
  input  program_t                      program_i,

  output logic [KeysMax-1:0][SlotW-1:0] slots_o,
  input  logic [KeysMax-1:0]            slots_valid_i,
  input  meta_t [KeysMax-1:0]           slots_meta_i,

  output logic                          item_valid_o,
  input  logic                          item_ready_i,
  output item_t                         item_o,
  output logic                          error_valid_o,
  output error_t                        error_o,
  output logic                          busy_o
);

  function automatic logic alone(act_e act);
    return act == ActKeyLoad || act == ActZeroise || act == ActProgram;
  endfunction

  logic valid1_q, valid2_q, valid3_q, valid4_q;
  logic ready1, ready2, ready3, ready4;
  logic hold;

  assign ready4       = !valid4_q || item_ready_i;
  assign ready3       = !valid3_q || ready4;
  assign ready2       = !valid2_q || ready3;
  assign ready1       = !valid1_q || ready2;
  assign desc_ready_o = ready1 && !hold;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid1_q <= 1'b0;
      valid2_q <= 1'b0;
      valid3_q <= 1'b0;
      valid4_q <= 1'b0;
    end else begin
      if (ready1) valid1_q <= desc_valid_i && !hold;
      if (ready2) valid2_q <= valid1_q;
      if (ready3) valid3_q <= valid2_q;
      if (ready4) valid4_q <= valid3_q;
    end
  end

  // ---------------------------------------------------------------- what rings may do
  logic [RingsMax-1:0] wide_q;
  logic [63:0]         window_base_q [RingsMax];
  logic [63:0]         window_limit_q [RingsMax];

  always_ff @(posedge clk_i) begin
    if (ring_write_i) begin
      wide_q[ring_i]         <= ring_wide_i;
      window_base_q[ring_i]  <= window_base_i;
      window_limit_q[ring_i] <= window_limit_i;
    end
  end

  // ---------------------------------------------------------------- 1: check
  line_t            desc1_q;
  logic [31:0]      cycle1_q, crc;
  logic [RingW-1:0] ring1_q;
  logic             check1_q, alone1, known1_q;
  program_t         program1_q;
  logic [14:0][31:0] covered;

  assign program_index_o = desc_i[abi_pkg::DescProgramLsb +: 4];
  assign covered = {desc_i[511:abi_pkg::DescCheckLsb+32], desc_i[abi_pkg::DescCheckLsb-1:0]};

  crc32 #(.Words(15)) u_crc (.valid_i(desc_valid_i && ready1), .data_i(covered), .crc_o(crc));

  always_ff @(posedge clk_i) begin
    if (ready1 && desc_valid_i) begin
      desc1_q    <= desc_i;
      cycle1_q   <= desc_cycle_i;
      ring1_q    <= desc_ring_i;
      check1_q   <= crc == desc_i[abi_pkg::DescCheckLsb +: 32]
                    && desc_i[abi_pkg::DescFlagsLsb + abi_pkg::FlagPhase] == desc_phase_i;
      program1_q <= program_i;
      known1_q   <= program_known_i;
    end
  end

  // ---------------------------------------------------------------- 2: decode
  request_t  request1, request2_q;
  job_t      job1, job2_q;
  logic      check2_q;
  logic [RingW-1:0] ring2;

  assign alone1 = alone(request1.act);

  decode #(.NumSlots(NumSlots)) u_decode (
    .desc_i(desc1_q), .ring_i(ring1_q), .wide_i(wide_q[ring1_q]), .cycle_i(cycle1_q),
    .known_i(known1_q), .program_i(program1_q), .request_o(request1), .job_o(job1)
  );

  always_ff @(posedge clk_i) begin
    if (ready2 && valid1_q) begin
      request2_q <= request1;
      job2_q     <= job1;
      check2_q   <= check1_q;
    end
  end

  // ---------------------------------------------------------------- 3: window, keys
  logic                input_ok, output_ok, address3_q, check3_q;
  request_t            request3_q;
  job_t                job3_q;
  meta_t [KeysMax-1:0] meta3_q;
  logic [KeysMax-1:0]  valid_slots3_q;

  assign ring2   = job2_q.id.ring;
  assign slots_o = request2_q.slots;

  window_check u_input (
    .used_i(request2_q.reads), .addr_i(request2_q.input_addr), .bytes_i(request2_q.read_bytes),
    .base_i(window_base_q[ring2]), .limit_i(window_limit_q[ring2]), .ok_o(input_ok)
  );

  window_check u_output (
    .used_i(request2_q.writes), .addr_i(job2_q.output_addr), .bytes_i(job2_q.output_bytes),
    .base_i(window_base_q[ring2]), .limit_i(window_limit_q[ring2]), .ok_o(output_ok)
  );

  always_ff @(posedge clk_i) begin
    if (ready3 && valid2_q) begin
      request3_q     <= request2_q;
      job3_q         <= job2_q;
      check3_q       <= check2_q;
      address3_q     <= input_ok && output_ok;
      meta3_q        <= slots_meta_i;
      valid_slots3_q <= slots_valid_i;
    end
  end

  // ---------------------------------------------------------------- 4: verdict
  logic [7:0] status3;
  job_t       job3;
  item_t      item_q;

  rights u_rights (
    .check_ok_i(check3_q), .fatal_i, .ready_i, .address_ok_i(address3_q), .roots_i,
    .request_i(request3_q), .valid_i(valid_slots3_q), .meta_i(meta3_q), .status_o(status3)
  );

  always_comb begin
    job3      = job3_q;
    job3.word = meta3_q[request3_q.open_key].word;
    for (int unsigned k = 0; k < KeysMax; k++) job3.keys[k].key_len = meta3_q[k].key_len;
    if (job3_q.key_load) job3.keys[0].key_len = 2'd2;
  end

  always_ff @(posedge clk_i) begin
    if (ready4 && valid3_q) begin
      item_q <= '{
        act:        status3 == abi_pkg::StatusOk ? request3_q.act : ActRefuse,
        status:     status3,
        reads:      request3_q.reads,
        input_addr: request3_q.input_addr,
        read_bytes: request3_q.read_bytes,
        job:        job3
      };
    end
  end

  assign item_valid_o = valid4_q;
  assign item_o       = item_q;
  assign hold = (valid1_q && alone1) || (valid2_q && alone(request2_q.act))
                || (valid3_q && alone(request3_q.act)) || (valid4_q && alone(item_q.act));
  assign busy_o = valid1_q || valid2_q || valid3_q || valid4_q;

  // ---------------------------------------------------------------- error
  logic   error_valid_q;
  error_t error_q;

  assign error_valid_o = error_valid_q;
  assign error_o       = error_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) error_valid_q <= 1'b0;
    else error_valid_q <= valid3_q && ready4 && !check3_q;
  end

  always_ff @(posedge clk_i) begin
    if (valid3_q && ready4 && !check3_q) begin
      error_q.bits <= NumErrors'(1) << abi_pkg::ErrDescriptor;
      error_q.ring <= job3_q.id.ring;
      error_q.tag  <= job3_q.id.tag;
    end
  end

endmodule
