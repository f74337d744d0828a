// Who may issue a block to the forward lane in this cycle.
//
// The calendar has Period slots; slot = cycle mod Period. A serial message owns one slot from
// its first block to its last: its next block may enter exactly when the last one has come out,
// Period cycles later. A slot without an owner goes, in this order, to a key that was written, or
// to the next serial message or the next block of the parallel one, by turns when both wait.
// The owner leaves with its last block, so its slot has a new one on the next lap.

module calendar
  import card_pkg::*;
  import cluster_pkg::*;
#(
  parameter int unsigned Period = 31
) (
  input  logic              clk_i,
  input  logic              rst_ni,

  input  logic              init_valid_i,
  output logic              init_take_o,
  input  logic              serial_valid_i,
  input  turn_t             serial_i,
  output logic              serial_take_o,
  input  logic              parallel_valid_i,
  output logic              parallel_take_o,

  // The block of a serial message that is issued in this cycle.
  output logic              issue_valid_o,
  output logic [CtxW-1:0]   issue_ctx_o,
  output logic [BlockW-1:0] issue_index_o,
  output logic              issue_last_o,

  output logic              fatal_o
);

  localparam int unsigned SlotIdxW = $clog2(Period);

  typedef struct packed {
    logic [CtxW-1:0]   ctx;
    logic [BlockW-1:0] index;  // of the next block
    logic [BlockW-1:0] left;   // blocks not yet issued
  } entry_t;

  logic [SlotIdxW-1:0] slot_q;
  logic [Period-1:0]   owned_q;
  entry_t              entries_q [Period];
  logic                prefer_parallel_q;

  logic   owned;
  entry_t entry, now;
  logic   serial_wins;

  assign owned = owned_q[slot_q];
  assign entry = entries_q[slot_q];

  assign serial_wins     = serial_valid_i && !(parallel_valid_i && prefer_parallel_q);
  assign init_take_o     = !owned && init_valid_i;
  assign serial_take_o   = !owned && !init_valid_i && serial_wins;
  assign parallel_take_o = !owned && !init_valid_i && parallel_valid_i && !serial_wins;

  assign now = owned ? entry : '{ctx: serial_i.ctx, index: '0, left: serial_i.blocks};

  assign issue_valid_o = owned || serial_take_o;
  assign issue_ctx_o   = now.ctx;
  assign issue_index_o = now.index;
  assign issue_last_o  = now.left == BlockW'(1);

  always_ff @(posedge clk_i) begin
    if (issue_valid_o) begin
      entries_q[slot_q] <= '{
          ctx: now.ctx, index: now.index + BlockW'(1), left: now.left - BlockW'(1)};
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      slot_q            <= '0;
      owned_q           <= '0;
      prefer_parallel_q <= 1'b0;
    end else begin
      slot_q <= (slot_q == SlotIdxW'(Period - 1)) ? '0 : slot_q + SlotIdxW'(1);
      if (issue_valid_o) owned_q[slot_q] <= !issue_last_o;
      if (serial_valid_i && parallel_valid_i && (serial_take_o || parallel_take_o)) begin
        prefer_parallel_q <= serial_take_o;
      end
    end
  end

  // A slot behind the last one, or an owner without blocks, cannot be.
  assign fatal_o = slot_q >= SlotIdxW'(Period) || (issue_valid_o && now.left == '0);

endmodule
