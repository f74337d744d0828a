// The card: rings and registers in front, one cluster of AES lanes per lane behind.
//
// Every output is a register; no path leads from an input to an output without one.
// mmio_rd_valid_o follows mmio_rd_valid_i by four cycles; writes given before are seen. Requests
// and beats hold until taken. idle_o says that nothing is inside, no timer runs and no output is
// pending, so that time may be skipped until the next input.

module card
  import card_pkg::*;
  import front_pkg::*;
#(
  parameter int unsigned NumLanes = DefaultNumLanes,
  parameter int unsigned RegsPerRound = DefaultRegsPerRound,
  parameter int unsigned SboxArch = DefaultSboxArch,
  parameter int unsigned NumSlots = DefaultNumSlots,
  parameter int unsigned NumCtx = DefaultNumCtx,
  parameter int unsigned NumRings = DefaultNumRings,
  parameter int unsigned ReadTags = DefaultReadTags,
  parameter int unsigned Configuration = 2,
  parameter int unsigned ClockKhz = 250000,
  parameter logic [31:0] Build = '0,
  parameter logic [255:0] DeviceRoot = '0  // root that never leaves the card; fuses hold it
) (
  input  logic         clk_i,
  input  logic         rst_ni,

  input  logic         mmio_wr_valid_i,
  input  logic [15:0]  mmio_wr_addr_i,
  input  logic [31:0]  mmio_wr_data_i,
  input  logic         mmio_rd_valid_i,
  input  logic [15:0]  mmio_rd_addr_i,
  output logic         mmio_rd_valid_o,
  output logic [31:0]  mmio_rd_data_o,

  output logic         rd_req_valid_o,
  input  logic         rd_req_ready_i,
  output logic [63:0]  rd_req_addr_o,
  output logic [9:0]   rd_req_bytes_o,
  output logic [7:0]   rd_req_tag_o,
  input  logic         rd_cpl_valid_i,
  input  logic [7:0]   rd_cpl_tag_i,
  input  logic [511:0] rd_cpl_data_i,
  input  logic         rd_cpl_last_i,
  input  logic         rd_cpl_error_i,

  output logic         wr_valid_o,
  input  logic         wr_ready_i,
  output logic [63:0]  wr_addr_o,
  output logic [511:0] wr_data_o,
  output logic [6:0]   wr_bytes_o,
  output logic         wr_last_o,

  output logic         idle_o
);

  // ---------------------------------------------------------------- reset
  logic              rst_core_n, flush, hold, clear_valid, cleared, reset_request, reset_fatal;
  logic              quiet;
  logic [TableW-1:0] clear;
  logic [6:0]        epoch;

  reset_ctl u_reset (
    .clk_i, .rst_ni, .request_i(reset_request), .quiet_i(quiet && !rd_req_valid_o),
    .rst_core_no(rst_core_n), .flush_o(flush), .hold_o(hold), .clear_valid_o(clear_valid),
    .clear_o(clear), .ready_o(cleared), .epoch_o(epoch), .fatal_o(reset_fatal)
  );

  // ---------------------------------------------------------------- register accesses
  // pins, then writes; reads one cycle later, the addressed block answers after one more
  mmio_t       mmio;
  logic        wr_valid_q, rd_valid_q, rd_late_q, rd_data_valid_q, rd_out_valid_q;
  logic [15:0] wr_addr_q, rd_addr_q, rd_late_addr_q;
  logic [31:0] wr_data_q, rd_out_q;
  logic [31:0] rd_regs, rd_rings, rd_counters, rd_msix;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      wr_valid_q      <= 1'b0;
      rd_valid_q      <= 1'b0;
      rd_late_q       <= 1'b0;
      rd_data_valid_q <= 1'b0;
      rd_out_valid_q  <= 1'b0;
      rd_out_q        <= '0;
    end else begin
      wr_valid_q      <= mmio_wr_valid_i;
      rd_valid_q      <= mmio_rd_valid_i;
      rd_late_q       <= rd_valid_q;
      rd_data_valid_q <= rd_late_q;
      rd_out_valid_q  <= rd_data_valid_q;
      if (rd_data_valid_q) rd_out_q <= rd_regs | rd_rings | rd_counters | rd_msix;
    end
  end

  always_ff @(posedge clk_i) begin
    if (mmio_wr_valid_i) begin
      wr_addr_q <= mmio_wr_addr_i;
      wr_data_q <= mmio_wr_data_i;
    end
    if (mmio_rd_valid_i) rd_addr_q <= mmio_rd_addr_i;
    if (rd_valid_q) rd_late_addr_q <= rd_addr_q;
  end

  assign mmio = '{
    wr_valid: wr_valid_q,
    wr_addr:  wr_addr_q,
    wr_data:  wr_data_q,
    rd_valid: rd_late_q,
    rd_addr:  rd_late_addr_q
  };
  assign mmio_rd_valid_o = rd_out_valid_q;
  assign mmio_rd_data_o  = rd_out_q;

  // ---------------------------------------------------------------- registers, errors
  logic                 enable, quiesce, fatal, jobs_empty, core_idle;
  logic [31:0]          cycle;
  logic [NumLanes-1:0]  lane_enable;
  logic [23:0]          read_timeout;
  logic [15:0]          completion_hold;
  logic [NumErrors-1:0] error_bits, error_clear_bits, error_mask;
  logic [31:0]          error_first;
  logic                 error_clear, error_fire;
  logic                 test_start, test_running, test_passed;
  logic [7:0]           test_failed;
  logic                 transport;
  logic [255:0]         transport_key;
  logic [1:0]           roots;
  logic [5:0]           error_valid;
  error_t               error_now [6];
  logic [NumLanes-1:0]  cluster_fatal;
  logic                 key_fatal, write_fatal, test_fatal;

  regs #(
    .NumLanes(NumLanes), .RegsPerRound(RegsPerRound), .SboxArch(SboxArch), .NumSlots(NumSlots),
    .NumCtx(NumCtx), .NumRings(NumRings), .ReadTags(ReadTags), .Configuration(Configuration),
    .ClockKhz(ClockKhz), .Build(Build)
  ) u_regs (
    .clk_i, .rst_ni(rst_core_n), .mmio_i(mmio), .rd_data_o(rd_regs), .epoch_i(epoch),
    .idle_i(core_idle), .empty_i(jobs_empty), .fatal_i(fatal), .enable_o(enable),
    .quiesce_o(quiesce), .reset_o(reset_request), .cycle_o(cycle), .lane_enable_o(lane_enable),
    .read_timeout_o(read_timeout), .completion_hold_o(completion_hold), .error_i(error_bits),
    .error_first_i(error_first), .error_clear_o(error_clear), .error_bits_o(error_clear_bits),
    .error_mask_o(error_mask), .error_valid_o(error_valid[3]), .error_o(error_now[3]),
    .test_start_o(test_start), .test_running_i(test_running), .test_passed_i(test_passed),
    .test_failed_i(test_failed), .transport_o(transport), .transport_key_o(transport_key),
    .transport_loaded_i(roots[0])
  );

  assign error_valid[5] = |cluster_fatal || key_fatal || write_fatal || test_fatal || reset_fatal;
  assign error_now[5] = '{
    bits: NumErrors'(1) << abi_pkg::ErrIllegalState, ring: '0, tag: '0
  };

  errors #(.NumSources(6)) u_errors (
    .clk_i, .rst_ni(rst_core_n), .valid_i(error_valid), .error_i(error_now),
    .clear_i(error_clear), .clear_bits_i(error_clear_bits), .mask_i(error_mask),
    .error_o(error_bits), .first_o(error_first), .fire_o(error_fire), .fatal_o(fatal)
  );

  // ---------------------------------------------------------------- rings
  logic                  ring_enable, enable_wide;
  logic [RingW-1:0]      enable_ring;
  ring_addr_t            ring_addr;
  logic [NumRings-1:0]   want, fetch, urgent, cq_full, cq_wide, cq_phase, put;
  logic [NumRings-1:0]   write_want, write_irq, write_pick, commit;
  logic [3:0]            fetch_count [NumRings];
  logic [15:0]           fetch_index [NumRings];
  logic [15:0]           sq_head [NumRings];
  logic [15:0]           write_index [NumRings];
  logic [4:0]            cq_at [NumRings];
  logic [4:0]            write_count [NumRings];
  logic [4:0]            write_at [NumRings];
  logic [4:0]            commit_count;
  logic [RingW-1:0]      take_ring;
  logic [3:0]            lost;
  logic [NumVectors-1:0] ring_fire;
  logic                  take, take_phase, lost_valid, put_irq, no_credit, ring_jobs, rings_busy;

  rings #(.NumRings(NumRings), .ClockKhz(ClockKhz)) u_rings (
    .clk_i, .rst_ni(rst_core_n), .clear_valid_i(clear_valid), .clear_i(clear[RingW-1:0]),
    .mmio_i(mmio),
    .rd_data_o(rd_rings), .hold_cycles_i(completion_hold), .enable_o(ring_enable),
    .enable_ring_o(enable_ring), .enable_wide_o(enable_wide), .enable_addr_o(ring_addr),
    .want_o(want), .fetch_count_o(fetch_count), .fetch_index_o(fetch_index), .fetch_i(fetch),
    .take_i(take), .take_ring_i(take_ring), .take_phase_o(take_phase),
    .lost_valid_i(lost_valid), .lost_i(lost), .sq_head_o(sq_head), .cq_full_o(cq_full),
    .cq_wide_o(cq_wide), .cq_phase_o(cq_phase), .cq_at_o(cq_at), .put_i(put),
    .put_irq_i(put_irq), .write_want_o(write_want), .write_count_o(write_count),
    .write_index_o(write_index), .write_at_o(write_at), .write_irq_o(write_irq),
    .write_i(write_pick), .commit_i(commit), .commit_count_i(commit_count), .urgent_i(urgent),
    .fire_o(ring_fire), .no_credit_o(no_credit), .jobs_o(ring_jobs), .busy_o(rings_busy),
    .error_valid_o(error_valid[0]), .error_o(error_now[0])
  );

  // ---------------------------------------------------------------- jobs into the clusters
  logic                          lane_valid, lanes_empty, ready;
  logic [NumLanes-1:0]           ctx_valid, ctx_take, job_valid;
  logic [CtxW-1:0]               ctx_id [NumLanes];
  job_t                          job;
  logic [NumLanes-1:0]           in_valid, start_valid;
  logic [CtxW-1:0]               in_ctx, start_ctx;
  logic [LineW-1:0]              in_line;
  line_t                         in_data;
  logic                          start_error;
  logic                          slot_clear, meta_write, meta_loaded;
  logic [SlotW-1:0]              clear_slot, meta_slot;
  meta_t                         meta;
  logic [KeysMax-1:0]            give;
  logic [KeysMax-1:0][SlotW-1:0] give_slot;
  logic                          test_job_valid, test_job_ready;
  logic [LaneW-1:0]              test_lane;
  job_t                          test_job;
  logic [127:0]                  test_data;
  logic [1:0]                    other_valid, other_ready;
  completion_t                   other [2];
  error_t                        intake_errors [2];
  intake_events_t                intake_events;
  logic                          intake_busy;

  assign ready        = enable && !quiesce && test_passed && !test_running && lane_valid
                        && roots[1];
  assign error_now[1] = intake_errors[0];
  assign error_now[2] = intake_errors[1];

  intake #(
    .NumLanes(NumLanes), .NumSlots(NumSlots), .NumRings(NumRings), .ReadTags(ReadTags)
  ) u_intake (
    .clk_i, .rst_ni, .rst_core_ni(rst_core_n), .flush_i(flush), .hold_i(hold || !cleared),
    .clear_valid_i(clear_valid), .clear_i(clear), .cycle_i(cycle), .fatal_i(fatal),
    .ready_i(ready), .roots_i(roots), .read_timeout_i(read_timeout),
    .lane_enable_i(lane_enable), .lane_valid_o(lane_valid), .lanes_empty_o(lanes_empty),
    .enable_i(ring_enable), .enable_ring_i(enable_ring), .enable_wide_i(enable_wide),
    .sq_base_i(ring_addr.sq_base), .window_base_i(ring_addr.window_base),
    .window_limit_i(ring_addr.window_limit), .want_i(want), .fetch_count_i(fetch_count),
    .fetch_index_i(fetch_index), .fetch_o(fetch),
    .take_o(take), .take_ring_o(take_ring), .take_phase_i(take_phase),
    .lost_valid_o(lost_valid), .lost_o(lost), .rd_req_valid_o, .rd_req_ready_i,
    .rd_req_addr_o, .rd_req_bytes_o, .rd_req_tag_o, .rd_cpl_valid_i, .rd_cpl_tag_i,
    .rd_cpl_data_i, .rd_cpl_last_i, .rd_cpl_error_i, .ctx_valid_i(ctx_valid),
    .ctx_id_i(ctx_id), .ctx_take_o(ctx_take), .job_valid_o(job_valid), .job_o(job),
    .job_end_i(done_valid & done_ready), .load_end_i(kl_valid & kl_ready),
    .in_valid_o(in_valid), .in_ctx_o(in_ctx), .in_line_o(in_line),
    .in_data_o(in_data), .start_valid_o(start_valid), .start_ctx_o(start_ctx),
    .start_error_o(start_error), .slot_clear_o(slot_clear), .slot_o(clear_slot),
    .meta_write_i(meta_write), .meta_loaded_i(meta_loaded), .meta_slot_i(meta_slot),
    .meta_i(meta), .give_i(give), .give_slot_i(give_slot), .test_valid_i(test_job_valid),
    .test_ready_o(test_job_ready), .test_lane_i(test_lane), .test_job_i(test_job),
    .test_data_i(test_data), .done_valid_o(other_valid[0]), .done_ready_i(other_ready[0]),
    .done_o(other[0]), .error_valid_o(error_valid[2:1]), .error_o(intake_errors),
    .events_o(intake_events), .busy_o(intake_busy)
  );

  // ---------------------------------------------------------------- keys, self-test
  logic [NumLanes-1:0] kl_valid, kl_ready, kl_ok, init_done;
  line_t               kl_header [NumLanes];
  logic [255:0]        kl_key [NumLanes];
  key_job_t            kl_job [NumLanes];
  logic                kw_valid, zero, init_valid, init_gcm, key_busy;
  logic [SlotW-1:0]    kw_slot, zero_slot, init_slot;
  logic [3:0]          kw_round;
  block_t              kw_data;
  logic [1:0]          init_len, test_len;
  logic                test_key_valid, test_key_done, test_done_valid;
  logic [255:0]        test_key;
  completion_t         test_done;

  assign zero      = clear_valid ? 32'(clear) < NumSlots + 3 : slot_clear;
  assign zero_slot = clear_valid ? clear[SlotW-1:0] : clear_slot;

  key_unit #(
    .NumLanes(NumLanes), .NumSlots(NumSlots), .SboxArch(SboxArch), .DeviceRoot(DeviceRoot)
  ) u_keys (
    .clk_i, .rst_ni(rst_core_n), .cycle_i(cycle), .wiped_i(cleared), .transport_i(transport),
    .transport_key_i(transport_key), .roots_o(roots), .test_valid_i(test_key_valid),
    .test_len_i(test_len), .test_key_i(test_key), .test_done_o(test_key_done),
    .kl_valid_i(kl_valid), .kl_ready_o(kl_ready), .kl_header_i(kl_header), .kl_key_i(kl_key),
    .kl_ok_i(kl_ok), .kl_job_i(kl_job), .zero_i(zero), .kw_valid_o(kw_valid),
    .kw_slot_o(kw_slot), .kw_round_o(kw_round), .kw_data_o(kw_data), .init_valid_o(init_valid),
    .init_slot_o(init_slot), .init_len_o(init_len), .init_gcm_o(init_gcm),
    .init_done_i(init_done), .write_o(meta_write), .slot_o(meta_slot), .meta_o(meta),
    .loaded_o(meta_loaded), .done_valid_o(other_valid[1]), .done_ready_i(other_ready[1]),
    .done_o(other[1]), .busy_o(key_busy), .fatal_o(key_fatal)
  );

  selftest #(.NumLanes(NumLanes), .NumSlots(NumSlots)) u_selftest (
    .clk_i, .rst_ni(rst_core_n), .cycle_i(cycle), .start_i(test_start && roots[1]),
    .lane_enable_i(lane_enable), .key_valid_o(test_key_valid), .key_len_o(test_len),
    .key_o(test_key), .key_done_i(test_key_done), .job_valid_o(test_job_valid),
    .job_ready_i(test_job_ready), .job_lane_o(test_lane), .job_o(test_job),
    .job_data_o(test_data), .done_valid_i(test_done_valid), .done_i(test_done),
    .running_o(test_running), .passed_o(test_passed), .failed_o(test_failed),
    .error_valid_o(error_valid[4]), .error_o(error_now[4]), .fatal_o(test_fatal)
  );

  // ---------------------------------------------------------------- clusters
  logic [NumLanes-1:0] out_valid, out_ready, out_last, done_valid, done_ready, cluster_busy;
  logic [63:0]         out_addr [NumLanes];
  line_t               out_data [NumLanes];
  logic [6:0]          out_bytes [NumLanes];
  done_t               done [NumLanes];
  events_t             lane_events [NumLanes];

  for (genvar l = 0; l < NumLanes; l++) begin : gen_lane
    cluster #(
      .RegsPerRound(RegsPerRound), .SboxArch(SboxArch), .NumSlots(NumSlots), .NumCtx(NumCtx)
    ) u_cluster (
      .clk_i, .rst_ni(rst_core_n), .cycle_i(cycle), .ctx_valid_o(ctx_valid[l]),
      .ctx_id_o(ctx_id[l]), .ctx_take_i(ctx_take[l]), .job_valid_i(job_valid[l]),
      .job_i(job), .in_valid_i(in_valid[l]), .in_ctx_i(in_ctx), .in_line_i(in_line),
      .in_data_i(in_data), .start_valid_i(start_valid[l]), .start_ctx_i(start_ctx),
      .start_error_i(start_error), .out_valid_o(out_valid[l]), .out_ready_i(out_ready[l]),
      .out_addr_o(out_addr[l]), .out_data_o(out_data[l]), .out_bytes_o(out_bytes[l]),
      .out_last_o(out_last[l]), .done_valid_o(done_valid[l]), .done_ready_i(done_ready[l]),
      .done_o(done[l]), .kl_valid_o(kl_valid[l]), .kl_ready_i(kl_ready[l]),
      .kl_header_o(kl_header[l]), .kl_key_o(kl_key[l]), .kl_ok_o(kl_ok[l]),
      .kl_job_o(kl_job[l]), .kw_valid_i(kw_valid), .kw_slot_i(kw_slot),
      .kw_round_i(kw_round), .kw_data_i(kw_data), .zero_valid_i(zero),
      .zero_slot_i(zero_slot), .init_valid_i(init_valid), .init_slot_i(init_slot),
      .init_len_i(init_len), .init_gcm_i(init_gcm), .init_done_o(init_done[l]),
      .events_o(lane_events[l]), .busy_o(cluster_busy[l]), .fatal_o(cluster_fatal[l])
    );
  end

  // ---------------------------------------------------------------- out of the clusters
  outlet_events_t outlet_events;
  logic           outlet_busy;

  outlet #(.NumLanes(NumLanes), .NumRings(NumRings)) u_outlet (
    .clk_i, .rst_ni(rst_core_n), .hold_i(hold), .fatal_i(fatal), .epoch_i(epoch),
    .mmio_i(mmio), .rd_data_o(rd_msix), .enable_i(ring_enable), .enable_ring_i(enable_ring),
    .cq_base_i(ring_addr.cq_base), .sq_head_i(sq_head), .cq_full_i(cq_full),
    .cq_wide_i(cq_wide), .cq_phase_i(cq_phase), .cq_at_i(cq_at), .put_o(put),
    .put_irq_o(put_irq), .write_want_i(write_want), .write_count_i(write_count),
    .write_index_i(write_index), .write_at_i(write_at), .write_irq_i(write_irq),
    .write_o(write_pick), .commit_o(commit), .commit_count_o(commit_count), .urgent_o(urgent),
    .fire_i(ring_fire | NumVectors'(error_fire)), .out_valid_i(out_valid),
    .out_ready_o(out_ready), .out_addr_i(out_addr), .out_data_i(out_data),
    .out_bytes_i(out_bytes), .out_last_i(out_last), .done_valid_i(done_valid),
    .done_ready_o(done_ready), .done_i(done), .other_valid_i(other_valid),
    .other_ready_o(other_ready), .other_i(other), .give_o(give), .give_slot_o(give_slot),
    .test_valid_o(test_done_valid), .test_o(test_done), .wr_valid_o, .wr_ready_i, .wr_addr_o,
    .wr_data_o, .wr_bytes_o, .wr_last_o, .events_o(outlet_events), .quiet_o(quiet),
    .busy_o(outlet_busy), .fatal_o(write_fatal)
  );

  // ---------------------------------------------------------------- idle
  logic idle_q;

  assign jobs_empty = !ring_jobs && lanes_empty;
  assign core_idle  = jobs_empty && cleared && !rings_busy && !intake_busy && !outlet_busy
                      && !key_busy && !test_running && !test_start && cluster_busy == '0
                      && !error_fire && error_valid[4:0] == '0 && !reset_request;
  assign idle_o = idle_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      idle_q <= 1'b0;
    end else begin
      idle_q <= core_idle && !mmio_wr_valid_i && !mmio_rd_valid_i && !rd_cpl_valid_i
                && !wr_valid_q && !rd_valid_q && !rd_late_q && !rd_data_valid_q
                && !rd_out_valid_q;
    end
  end

  // ---------------------------------------------------------------- counters
  logic [9:0] add [NumCounters];

  always_comb begin
    for (int unsigned c = 0; c < NumCounters; c++) add[c] = '0;
    add[abi_pkg::CntCycles]         = 10'(!jobs_empty);
    add[abi_pkg::CntDescriptors]    = 10'(intake_events.descriptor);
    add[abi_pkg::CntCompletions]    = 10'(outlet_events.completions);
    add[abi_pkg::CntRefused]        = 10'(outlet_events.refused);
    add[abi_pkg::CntReadBytes]      = intake_events.read ? intake_events.read_bytes : '0;
    add[abi_pkg::CntWrittenBytes]   = outlet_events.written ? 10'(outlet_events.written_bytes) : '0;
    add[abi_pkg::CntReads]          = 10'(intake_events.read);
    add[abi_pkg::CntInterrupts]     = 10'(outlet_events.message);
    add[abi_pkg::CntKeyLoads]       = 10'(meta_write);
    add[abi_pkg::CntStallContext]   = 10'(intake_events.stall_context);
    add[abi_pkg::CntStallReadTag]   = 10'(intake_events.stall_tag);
    add[abi_pkg::CntStallReadLink]  = 10'(intake_events.stall_link);
    add[abi_pkg::CntStallWriteLink] = 10'(outlet_events.stall_link);
    add[abi_pkg::CntStallCredit]    = 10'(no_credit);
    add[abi_pkg::CntStarved]        = 10'(intake_events.starved);
    add[abi_pkg::CntProgramJobs]    = 10'(intake_events.program_job);
    for (int unsigned l = 0; l < NumLanes; l++) begin
      add[abi_pkg::CntLaneForward + l]    = 10'(lane_events[l].forward);
      add[abi_pkg::CntLaneInverse + l]    = 10'(lane_events[l].inverse);
      add[abi_pkg::CntLaneGhash + l]      = 10'(lane_events[l].ghash);
      add[abi_pkg::CntLaneIdle + l]       = 10'(lane_events[l].idle);
      add[abi_pkg::CntLaneGhashStall + l] = 10'(lane_events[l].ghash_stall);
      add[abi_pkg::CntLaneJobs + l]       = 10'(lane_events[l].job);
    end
  end

  counters u_counters (
    .clk_i, .rst_ni(rst_core_n), .add_i(add), .mmio_i(mmio), .rd_data_o(rd_counters)
  );

endmodule
