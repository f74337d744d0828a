// Who may issue a block to the forward lane in this cycle.
//
// The calendar has Period slots; slot = cycle mod Period. A serial message owns one slot from
// its first block to its last: its next block may enter exactly when the last one has come out,
// Period cycles later. A slot without an owner goes, in this order, to a key that was written, or
// to the next serial message or the next block of the parallel one, by turns when both wait.
// The owner leaves with its last block, so its slot has a new one on the next lap.
//
// Slots come round in order, so the calendar is a delay line and has no slot numbers: what is
// known of an owner goes in behind its issue and comes out for the next one. Nothing but a choice
// is made in the cycle of the issue; the counts are brought up to date in the one behind it.

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

  output logic              fatal_o   // an owner without blocks; in the second cycle after
);

  // The registers between an issue and the line.
  localparam int unsigned Stages = 2;

  typedef struct packed {
    logic [CtxW-1:0]   ctx;
    logic [BlockW-1:0] index;  // of the next block
    logic [BlockW-1:0] left;   // blocks not yet issued
  } entry_t;

  logic [Period-2:0] owned_q;  // [0] the slot of this cycle, [1] of the next one
  entry_t            entry, now, issued_q, next_q;
  logic              entry_last, next_last_q;  // one block is left
  logic              valid_q;  // issued_q is of the cycle before
  logic              prefer_parallel_q;

  logic owned, serial_wins;

  assign owned           = owned_q[0];
  assign serial_wins     = serial_valid_i && !(parallel_valid_i && prefer_parallel_q);
  assign init_take_o     = !owned && init_valid_i;
  assign serial_take_o   = !owned && !init_valid_i && serial_wins;
  assign parallel_take_o = !owned && !init_valid_i && parallel_valid_i && !serial_wins;

  assign now = owned ? entry : '{ctx: serial_i.ctx, index: '0, left: serial_i.blocks};

  assign issue_valid_o = owned || serial_take_o;
  assign issue_ctx_o   = now.ctx;
  assign issue_index_o = now.index;
  assign issue_last_o  = owned ? entry_last : serial_i.blocks == BlockW'(1);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      owned_q           <= '0;
      valid_q           <= 1'b0;
      prefer_parallel_q <= 1'b0;
      fatal_o           <= 1'b0;
    end else begin
      owned_q <= {valid_q && issued_q.left != BlockW'(1), owned_q[Period-2:1]};
      valid_q <= issue_valid_o;
      if (serial_valid_i && parallel_valid_i && (serial_take_o || parallel_take_o)) begin
        prefer_parallel_q <= serial_take_o;
      end
      fatal_o <= valid_q && issued_q.left == '0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (issue_valid_o) issued_q <= now;
    if (valid_q) begin
      next_q <= '{ctx: issued_q.ctx, index: issued_q.index + BlockW'(1),
                  left: issued_q.left - BlockW'(1)};
      next_last_q <= issued_q.left == BlockW'(2);
    end
  end

  delay_line #(
    .Width ($bits(entry_t) + 1),
    .Depth (Period - Stages)
  ) u_line (
    .clk_i,
    .rst_ni,
    .data_i ({next_q, next_last_q}),
    .data_o ({entry, entry_last})
  );

endmodule
