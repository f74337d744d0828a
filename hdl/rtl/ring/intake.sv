// The way of a job from its ring into a cluster: fetch, check, dispatch, input.

module intake
  import card_pkg::*;
  import front_pkg::*;
#(
  parameter int unsigned NumLanes = DefaultNumLanes,
  parameter int unsigned NumSlots = DefaultNumSlots,
  parameter int unsigned NumRings = DefaultNumRings,
  parameter int unsigned ReadTags = DefaultReadTags
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,         // of the card
  input  logic                   rst_core_ni,
  input  logic                   flush_i,
  input  logic                   hold_i,
  input  logic                   clear_valid_i,
  input  logic [TableW-1:0]      clear_i,
  input  logic [31:0]            cycle_i,
  input  logic                   fatal_i,
  input  logic                   ready_i,        // jobs are taken
  input  logic [1:0]             roots_i,
  input  logic [23:0]            read_timeout_i,
  input  logic [NumLanes-1:0]    lane_enable_i,
  output logic                   lane_valid_o,
  output logic                   lanes_empty_o,

  // rings
  input  logic                   enable_i,
  input  logic [RingW-1:0]       enable_ring_i,
  input  logic                   enable_wide_i,
  input  logic [63:0]            sq_base_i,
  input  logic [63:0]            window_base_i,
  input  logic [63:0]            window_limit_i,
  input  logic [NumRings-1:0]    want_i,
  input  logic [3:0]             fetch_count_i [NumRings],
  input  logic [15:0]            fetch_index_i [NumRings],
  output logic [NumRings-1:0]    fetch_o,
  output logic                   take_o,
  output logic [RingW-1:0]       take_ring_o,
  input  logic                   take_phase_i,
  output logic                   lost_valid_o,
  output logic [3:0]             lost_o,

  // link
  output logic                   rd_req_valid_o,
  input  logic                   rd_req_ready_i,
  output logic [63:0]            rd_req_addr_o,
  output logic [9:0]             rd_req_bytes_o,
  output logic [ReadTagW-1:0]    rd_req_tag_o,
  input  logic                   rd_cpl_valid_i,
  input  logic [ReadTagW-1:0]    rd_cpl_tag_i,
  input  line_t                  rd_cpl_data_i,
  input  logic                   rd_cpl_last_i,
  input  logic                   rd_cpl_error_i,

  // clusters
  input  logic [NumLanes-1:0]    ctx_valid_i,
  input  logic [CtxW-1:0]        ctx_id_i [NumLanes],
  output logic [NumLanes-1:0]    ctx_take_o,
  output logic [NumLanes-1:0]    job_valid_o,
  output job_t                   job_o,
  input  logic [NumLanes-1:0]    job_end_i,
  input  logic [NumLanes-1:0]    load_end_i,
  output logic [NumLanes-1:0]    in_valid_o,
  output logic [CtxW-1:0]        in_ctx_o,
  output logic [LineW-1:0]       in_line_o,
  output line_t                  in_data_o,
  output logic [NumLanes-1:0]    start_valid_o,
  output logic [CtxW-1:0]        start_ctx_o,
  output logic                   start_error_o,

  // keys
  output logic                   slot_clear_o,
  output logic [SlotW-1:0]       slot_o,
  input  logic                   meta_write_i,
  input  logic                   meta_loaded_i,
  input  logic [SlotW-1:0]       meta_slot_i,
  input  meta_t                  meta_i,
  input  logic [KeysMax-1:0]     give_i,
  input  logic [KeysMax-1:0][SlotW-1:0] give_slot_i,

  // self-test
  input  logic                   test_valid_i,
  output logic                   test_ready_o,
  input  logic [LaneW-1:0]       test_lane_i,
  input  job_t                   test_job_i,
  input  logic [127:0]           test_data_i,

  // completions without a cluster
  output logic                   done_valid_o,
  input  logic                   done_ready_i,
  output completion_t            done_o,

  output logic [1:0]             error_valid_o,
  output error_t                 error_o [2],
  output intake_events_t         events_o,
  output logic                   busy_o
);

  /*verilator no_inline_module*/

  // ---------------------------------------------------------------- fetch
  logic              group_valid, group_take, fetch_valid, fetch_ready;
  logic [GroupW-1:0] group;
  logic [RingW-1:0]  group_ring;
  logic [3:0]        group_count;
  read_t             fetch_req;
  logic [NumRings-1:0] want;

  assign want = (fatal_i || hold_i) ? '0 : want_i;

  fetch #(.NumRings(NumRings)) u_fetch (
    .clk_i, .rst_ni(rst_core_ni), .want_i(want), .count_i(fetch_count_i),
    .index_i(fetch_index_i), .base_write_i(enable_i), .base_ring_i(enable_ring_i),
    .base_i(sq_base_i), .fetch_o,
    .group_valid_i(group_valid), .group_i(group), .group_take_o(group_take),
    .group_ring_o(group_ring), .group_count_o(group_count), .req_valid_o(fetch_valid),
    .req_ready_i(fetch_ready), .req_o(fetch_req)
  );

  // ---------------------------------------------------------------- reads
  logic       input_valid, input_ready, beat_valid, reads_busy;
  input_t     job_input;
  logic [3:0] input_reads;
  beat_t      beat;
  line_t      beat_data;

  read_engine #(.ReadTags(ReadTags)) u_reads (
    .clk_i, .rst_ni, .rst_core_ni, .flush_i, .hold_i, .timeout_i(read_timeout_i),
    .fetch_valid_i(fetch_valid), .fetch_ready_o(fetch_ready), .fetch_i(fetch_req),
    .job_valid_i(input_valid), .job_ready_o(input_ready), .job_i(job_input),
    .rd_req_valid_o, .rd_req_ready_i, .rd_req_addr_o, .rd_req_bytes_o, .rd_req_tag_o,
    .rd_cpl_valid_i, .rd_cpl_tag_i, .rd_cpl_data_i, .rd_cpl_last_i, .rd_cpl_error_i,
    .beat_valid_o(beat_valid), .beat_o(beat), .beat_data_o(beat_data),
    .error_valid_o(error_valid_o[0]), .error_o(error_o[0]), .event_read_o(events_o.read),
    .event_bytes_o(events_o.read_bytes), .stall_tag_o(events_o.stall_tag),
    .stall_link_o(events_o.stall_link), .busy_o(reads_busy)
  );

  // ---------------------------------------------------------------- descriptors
  logic             desc_valid, desc_ready, desc_phase_q, buffer_empty, admit_busy;
  line_t            desc;
  logic [31:0]      desc_cycle;
  logic [RingW-1:0] desc_ring;

  desc_buffer u_buffer (
    .clk_i, .rst_ni(rst_core_ni), .cycle_i, .group_valid_o(group_valid), .group_o(group),
    .group_take_i(group_take), .group_ring_i(group_ring), .group_count_i(group_count),
    .beat_store_i(beat_valid && beat.is_desc && beat.store),
    .beat_failed_i(beat_valid && beat.is_desc && beat.last && beat.failed),
    .beat_group_i(beat.ctx[GroupW-1:0]), .beat_index_i(beat.line[2:0]), .data_i(beat_data),
    .desc_valid_o(desc_valid), .desc_ready_i(desc_ready), .desc_o(desc),
    .desc_cycle_o(desc_cycle), .desc_ring_o(desc_ring), .take_o, .take_ring_o, .lost_valid_o,
    .lost_o, .empty_o(buffer_empty)
  );

  always_ff @(posedge clk_i) begin
    if (take_o) desc_phase_q <= take_phase_i;
  end

  logic                          program_known, program_check, program_load, program_ok;
  logic [3:0]                    program_index;
  program_t                      program_now;
  logic [KeysMax-1:0][SlotW-1:0] slots;
  logic [KeysMax-1:0]            slots_valid;
  meta_t [KeysMax-1:0]           slots_meta;
  logic                          item_valid, item_ready;
  item_t                         item;

  admit #(.NumSlots(NumSlots)) u_admit (
    .clk_i, .rst_ni(rst_core_ni), .fatal_i, .ready_i, .roots_i, .desc_valid_i(desc_valid),
    .desc_ready_o(desc_ready), .desc_i(desc), .desc_cycle_i(desc_cycle),
    .desc_ring_i(desc_ring), .desc_phase_i(desc_phase_q),
    .ring_write_i(enable_i), .ring_i(enable_ring_i), .ring_wide_i(enable_wide_i),
    .window_base_i, .window_limit_i,
    .program_index_o(program_index), .program_known_i(program_known), .program_i(program_now),
    .slots_o(slots), .slots_valid_i(slots_valid), .slots_meta_i(slots_meta),
    .item_valid_o(item_valid), .item_ready_i(item_ready), .item_o(item),
    .error_valid_o(error_valid_o[1]), .error_o(error_o[1]), .busy_o(admit_busy)
  );

  program_store u_programs (
    .clk_i, .rst_ni(rst_core_ni), .check_i(program_check), .load_i(program_load),
    .load_index_i(item.job.iv[123:120]),
    .steps_i(swap_block(item.job.expected)), .params_i(item.job.iv[119:112]),
    .load_ok_o(program_ok), .index_i(program_index), .known_o(program_known),
    .program_o(program_now)
  );

  // ---------------------------------------------------------------- keys
  logic               slot_loading, loading, used;
  logic [KeysMax-1:0] slot_take;
  logic [KeysMax-1:0][SlotW-1:0] take_slot;

  slot_table #(.NumSlots(NumSlots)) u_slots (
    .clk_i, .rst_ni(rst_core_ni), .write_i(meta_write_i), .write_slot_i(meta_slot_i),
    .write_meta_i(meta_i), .clear_i(slot_clear_o), .loading_i(slot_loading),
    .clear_slot_i(slot_o), .loaded_i(meta_loaded_i), .loaded_slot_i(meta_slot_i),
    .slots_i(slots), .valid_o(slots_valid), .meta_o(slots_meta), .busy_slot_i(slot_o),
    .busy_o(loading)
  );

  always_comb begin
    for (int unsigned k = 0; k < KeysMax; k++) take_slot[k] = item.job.keys[k].slot;
  end

  slot_use u_use (
    .clk_i, .clear_valid_i, .clear_i(clear_i[SlotW-1:0]), .take_i(slot_take),
    .take_slot_i(take_slot), .give_i, .give_slot_i, .slot_i(slot_o), .used_o(used)
  );

  // ---------------------------------------------------------------- dispatch
  logic         direct_valid, direct_ready, bus_busy;
  logic [127:0] direct_data;

  dispatch #(.NumLanes(NumLanes)) u_dispatch (
    .clk_i, .rst_ni(rst_core_ni), .cycle_i, .lane_enable_i, .lane_valid_o,
    .empty_o(lanes_empty_o), .item_valid_i(item_valid), .item_ready_o(item_ready),
    .item_i(item), .test_valid_i, .test_ready_o, .test_lane_i, .test_job_i, .test_data_i,
    .ctx_valid_i, .ctx_id_i, .ctx_take_o, .job_valid_o, .job_o, .job_end_i, .load_end_i,
    .input_valid_o(input_valid), .input_ready_i(input_ready), .input_o(job_input),
    .input_reads_o(input_reads), .direct_valid_o(direct_valid), .direct_ready_i(direct_ready),
    .direct_data_o(direct_data), .slot_o, .slot_busy_i(used || loading), .slot_clear_o,
    .slot_loading_o(slot_loading), .slot_take_o(slot_take), .program_check_o(program_check),
    .program_load_o(program_load),
    .program_ok_i(program_ok), .done_valid_o, .done_ready_i, .done_o,
    .stall_context_o(events_o.stall_context), .event_program_o(events_o.program_job)
  );

  input_bus #(.NumLanes(NumLanes)) u_inputs (
    .clk_i, .rst_ni(rst_core_ni), .clear_valid_i, .clear_i, .expect_valid_i(input_valid),
    .expect_lane_i(job_input.lane), .expect_ctx_i(job_input.ctx), .expect_reads_i(input_reads),
    .direct_valid_i(direct_valid), .direct_ready_o(direct_ready),
    .direct_lane_i(job_input.lane), .direct_ctx_i(job_input.ctx), .direct_data_i(direct_data),
    .beat_valid_i(beat_valid && !beat.is_desc), .beat_i(beat), .beat_data_i(beat_data),
    .in_valid_o, .in_ctx_o, .in_line_o, .in_data_o, .start_valid_o, .start_ctx_o,
    .start_error_o, .busy_o(bus_busy)
  );

  assign events_o.descriptor = take_o;
  assign events_o.starved    = !desc_valid && !admit_busy && !lanes_empty_o;
  assign busy_o = reads_busy || fetch_valid || !buffer_empty || admit_busy || bus_busy;

endmodule
