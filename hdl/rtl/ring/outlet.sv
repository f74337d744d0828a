// The way out of the clusters: output, completions, interrupts.

module outlet
  import card_pkg::*;
  import front_pkg::*;
#(
  parameter int unsigned NumLanes = DefaultNumLanes,
  parameter int unsigned NumRings = DefaultNumRings
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic                  hold_i,
  input  logic                  fatal_i,
  input  logic [6:0]            epoch_i,
  input  mmio_t                 mmio_i,
  output logic [31:0]           rd_data_o,

  // rings
  input  logic                  enable_i,
  input  logic [RingW-1:0]      enable_ring_i,
  input  logic [63:0]           cq_base_i,
  input  logic [15:0]           sq_head_i [NumRings],
  input  logic [NumRings-1:0]   cq_full_i,
  input  logic [NumRings-1:0]   cq_wide_i,
  input  logic [NumRings-1:0]   cq_phase_i,
  input  logic [4:0]            cq_at_i [NumRings],
  output logic [NumRings-1:0]   put_o,
  output logic                  put_irq_o,
  input  logic [NumRings-1:0]   write_want_i,
  input  logic [4:0]            write_count_i [NumRings],
  input  logic [15:0]           write_index_i [NumRings],
  input  logic [4:0]            write_at_i [NumRings],
  input  logic [NumRings-1:0]   write_irq_i,
  output logic [NumRings-1:0]   write_o,
  output logic [NumRings-1:0]   commit_o,
  output logic [4:0]            commit_count_o,
  output logic [NumRings-1:0]   urgent_o,
  input  logic [NumVectors-1:0] fire_i,

  // clusters
  input  logic [NumLanes-1:0]   out_valid_i,
  output logic [NumLanes-1:0]   out_ready_o,
  input  logic [63:0]           out_addr_i [NumLanes],
  input  line_t                 out_data_i [NumLanes],
  input  logic [6:0]            out_bytes_i [NumLanes],
  input  logic [NumLanes-1:0]   out_last_i,
  input  logic [NumLanes-1:0]   done_valid_i,
  output logic [NumLanes-1:0]   done_ready_o,
  input  done_t                 done_i [NumLanes],

  // completions of dispatch and of the key unit
  input  logic [1:0]            other_valid_i,
  output logic [1:0]            other_ready_o,
  input  completion_t           other_i [2],

  output logic [KeysMax-1:0]    give_o,
  output logic [KeysMax-1:0][SlotW-1:0] give_slot_o,
  output logic                  test_valid_o,
  output completion_t           test_o,

  output logic                  wr_valid_o,
  input  logic                  wr_ready_i,
  output logic [63:0]           wr_addr_o,
  output line_t                 wr_data_o,
  output logic [6:0]            wr_bytes_o,
  output logic                  wr_last_o,

  output outlet_events_t        events_o,
  output logic                  quiet_o,
  output logic                  busy_o,
  output logic                  fatal_o
);

  /*verilator no_inline_module*/

  // ---------------------------------------------------------------- completions
  completion_t         source [NumLanes + 2];
  logic [RingW-1:0]    read_ring;
  logic [2:0]          read_line;
  line_t               read_data;
  logic                gather_busy, write_busy;

  for (genvar l = 0; l < NumLanes; l++) begin : gen_source
    assign source[l] = '{
      id:           done_i[l].id,
      status:       done_i[l].status,
      output_bytes: done_i[l].output_bytes,
      cycles:       done_i[l].cycles,
      inline_data:  done_i[l].inline_data,
      irq:          done_i[l].irq
    };
  end
  assign source[NumLanes]     = other_i[0];
  assign source[NumLanes + 1] = other_i[1];

  completion #(.NumLanes(NumLanes), .NumRings(NumRings)) u_gather (
    .clk_i, .rst_ni, .epoch_i, .done_valid_i({other_valid_i, done_valid_i}),
    .done_ready_o({other_ready_o, done_ready_o}), .done_i(source), .full_i(cq_full_i),
    .wide_i(cq_wide_i), .phase_i(cq_phase_i), .at_i(cq_at_i), .sq_head_i, .put_o, .put_irq_o,
    .read_ring_i(read_ring), .read_line_i(read_line), .read_data_o(read_data), .test_valid_o,
    .test_o, .event_refused_o(events_o.refused), .busy_o(gather_busy)
  );

  logic        cq_valid, cq_ready, cq_last;
  logic [63:0] cq_addr;
  line_t       cq_data;
  logic [6:0]  cq_bytes;

  completion_write #(.NumRings(NumRings)) u_write (
    .clk_i, .rst_ni, .base_write_i(enable_i), .base_ring_i(enable_ring_i), .base_i(cq_base_i),
    .want_i(write_want_i), .count_i(write_count_i), .index_i(write_index_i),
    .at_i(write_at_i), .wide_i(cq_wide_i), .irq_i(write_irq_i), .write_o, .commit_o,
    .commit_count_o, .commit_irq_o(urgent_o), .read_ring_o(read_ring), .read_line_o(read_line),
    .read_data_i(read_data), .out_valid_o(cq_valid), .out_ready_i(cq_ready),
    .out_addr_o(cq_addr), .out_data_o(cq_data), .out_bytes_o(cq_bytes), .out_last_o(cq_last),
    .event_completions_o(events_o.completions), .busy_o(write_busy), .fatal_o
  );

  // ---------------------------------------------------------------- keys that became free
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      give_o <= '0;
    end else begin
      give_o <= '0;
      for (int unsigned l = 0; l < NumLanes; l++) begin
        if (done_valid_i[l] && done_ready_o[l]) give_o <= done_i[l].keys_used;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    for (int unsigned l = 0; l < NumLanes; l++) begin
      if (done_valid_i[l] && done_ready_o[l]) begin
        for (int unsigned k = 0; k < KeysMax; k++) give_slot_o[k] <= done_i[l].keys[k].slot;
      end
    end
  end

  // ---------------------------------------------------------------- interrupts
  logic        msi_valid, msi_ready, msi_busy;
  logic [63:0] msi_addr;
  logic [31:0] msi_data;

  msix u_msix (
    .clk_i, .rst_ni, .mmio_i, .rd_data_o, .fire_i, .out_valid_o(msi_valid),
    .out_ready_i(msi_ready), .out_addr_o(msi_addr), .out_data_o(msi_data),
    .event_sent_o(events_o.message), .busy_o(msi_busy)
  );

  // ---------------------------------------------------------------- writes
  logic [63:0] addr [NumLanes + 2];
  line_t       data [NumLanes + 2];
  logic [6:0]  bytes [NumLanes + 2];

  for (genvar l = 0; l < NumLanes; l++) begin : gen_write
    assign addr[l]  = out_addr_i[l];
    assign data[l]  = out_data_i[l];
    assign bytes[l] = out_bytes_i[l];
  end
  assign addr[NumLanes]      = cq_addr;
  assign data[NumLanes]      = cq_data;
  assign bytes[NumLanes]     = cq_bytes;
  assign addr[NumLanes + 1]  = msi_addr;
  assign data[NumLanes + 1]  = 512'(msi_data);
  assign bytes[NumLanes + 1] = 7'd4;

  write_arbiter #(.NumLanes(NumLanes)) u_arbiter (
    .clk_i, .rst_ni, .hold_i, .fatal_i, .valid_i({msi_valid, cq_valid, out_valid_i}),
    .ready_o({msi_ready, cq_ready, out_ready_o}), .addr_i(addr), .data_i(data),
    .bytes_i(bytes), .last_i({1'b1, cq_last, out_last_i}), .wr_valid_o, .wr_ready_i,
    .wr_addr_o, .wr_data_o, .wr_bytes_o, .wr_last_o, .event_beat_o(events_o.written),
    .event_bytes_o(events_o.written_bytes), .stall_o(events_o.stall_link), .quiet_o
  );

  assign busy_o = gather_busy || write_busy || msi_busy || !quiet_o || |out_valid_i
                  || |done_valid_i || |give_o;

endmodule
