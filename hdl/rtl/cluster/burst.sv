// Head of the parallel queue: the blocks of one message after the other, each in the first cycle
// that the calendar leaves free. For GCM it also numbers the items of GHASH.
//
// GHASH of m products is a sum of items times H^m ... H^1 and takes the items in chunks whose sums
// are independent. The last chunk has at most 32 items and uses H^n ... H^1. A chunk before it has
// 24 and uses H^31 ... H^8; its sum enters the next chunk with item 7, which the next seven powers
// make equal to entering before item 0, and gives the multiplier time to finish it.

module burst
  import card_pkg::*;
  import cluster_pkg::*;
(
  input  logic   clk_i,
  input  logic   rst_ni,

  input  logic   queue_valid_i,
  input  burst_t queue_i,
  output logic   queue_pop_o,

  input  logic   credit_i,        // there is room for an item
  output logic   credit_take_o,

  output logic   valid_o,         // a block wants to be issued
  input  logic   take_i,
  output issue_t issue_o,
  output logic   starved_o        // a block waits for room
);

  localparam logic [BlockW-1:0] LastChunkMax = 9'd32;
  localparam logic [4:0] ChunkLast = 5'd23;
  localparam logic [4:0] ChunkPower = 5'd30;
  localparam logic [4:0] FoldAt = 5'd7;

  logic [BlockW-1:0] index_q;
  logic              last;

  // Position of the next item.
  logic              started_q;   // an item of this message was issued
  logic [BlockW-1:0] left_q;      // products from the next item on, once started
  logic [4:0]        position_q;  // in its chunk
  logic [4:0]        power_q;
  logic              final_q;     // it is in the last chunk
  logic              later_q;     // it is not in the first chunk
  logic              parity_q;

  logic [BlockW-1:0] left;
  logic              chunk_start, chunk_final, chunk_end;
  logic [4:0]        power;
  logic              is_item;

  assign last    = index_q == queue_i.blocks - BlockW'(1);
  assign is_item = queue_i.gcm && (index_q != '0 || queue_i.aad_blocks != '0 || last);

  assign left        = started_q ? left_q : queue_i.products;
  assign chunk_start = position_q == '0;
  assign chunk_final = chunk_start ? left <= LastChunkMax : final_q;
  assign chunk_end   = !chunk_final && position_q == ChunkLast;

  always_comb begin
    power = power_q;
    if (chunk_start) power = chunk_final ? 5'(left - BlockW'(1)) : ChunkPower;
  end

  assign valid_o       = queue_valid_i && (!is_item || credit_i);
  assign starved_o     = queue_valid_i && is_item && !credit_i;
  assign queue_pop_o   = take_i && last;
  assign credit_take_o = take_i && is_item;

  assign issue_o = '{
      valid: valid_o,
      init: 1'b0,
      ctx: queue_i.ctx,
      index: index_q,
      last: last,
      item: '{
          valid: is_item,
          power: power,
          first: chunk_start,
          fold: later_q && position_q == FoldAt,
          parity: parity_q,
          last: last
      }
  };

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      index_q    <= '0;
      started_q  <= 1'b0;
      left_q     <= '0;
      position_q <= '0;
      power_q    <= '0;
      final_q    <= 1'b0;
      later_q    <= 1'b0;
      parity_q   <= 1'b0;
    end else if (take_i) begin
      index_q <= last ? '0 : index_q + BlockW'(1);
      if (last) begin
        started_q  <= 1'b0;
        position_q <= '0;
        later_q    <= 1'b0;
      end else if (is_item) begin
        started_q  <= 1'b1;
        left_q     <= left - BlockW'(1);
        position_q <= chunk_end ? '0 : position_q + 5'd1;
        power_q    <= power - 5'd1;
        final_q    <= chunk_final;
        if (chunk_end) begin
          later_q  <= 1'b1;
          parity_q <= !parity_q;
        end
      end
    end
  end

endmodule
