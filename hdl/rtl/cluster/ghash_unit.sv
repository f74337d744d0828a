// GHASH of the messages of a cluster: items in the order in which they left the forward lane.
//
//   G0  the block of lengths behind a last item, else a product for a new key, else an item;
//       the sum of the chunk before is added to the item that folds it; the power is read
//   G1  at the multiplier, GhashLatency cycles
//   G2  the product is added to its chunk's sum, or ends the message's
//
// Items of a message follow each other, so two sums suffice, for chunks by turns.

module ghash_unit
  import card_pkg::*;
  import cluster_pkg::*;
#(
  parameter int unsigned NumSlots = DefaultNumSlots,
  parameter int unsigned NumCtx = DefaultNumCtx,
  parameter int unsigned Depth = 64
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  input  logic             push_i,
  input  product_t         product_i,
  output logic             give_o,          // an item left the queue

  // Lengths of the message that a context works on.
  input  logic             work_valid_i,
  input  logic [CtxW-1:0]  work_ctx_i,
  input  logic [7:0]        aad_bytes_i,
  input  logic [BytesW-1:0] data_bytes_i,

  input  logic             init_valid_i,
  input  logic [SlotW-1:0] init_slot_i,
  input  block_t           init_base_i,
  input  logic [4:0]       init_operand_i,
  input  logic [4:0]       init_target_i,
  output logic             init_take_o,
  output logic             init_done_o,
  output logic [4:0]       init_target_o,
  output block_t           init_product_o,

  input  logic             power_write_i,
  input  logic             power_wipe_i,
  input  logic [SlotW-1:0] power_slot_i,
  input  logic [4:0]       power_i,
  input  block_t           power_data_i,

  output logic             sum_valid_o,     // GHASH of a message
  output logic [CtxW-1:0]  sum_ctx_o,
  output block_t           sum_o,
  output logic             issued_o,
  output logic             fatal_o
);

  typedef struct packed {
    logic            init;
    logic [4:0]      target;   // of init
    logic [CtxW-1:0] ctx;
    logic            first;
    logic            parity;
    logic            final_;   // the message's last product
  } meta_t;

  localparam int unsigned LengthsW = 8 + BytesW;

  // ---------------------------------------------------------------- G0

  logic [LengthsW-1:0] lengths_q [NumCtx];
  logic [LengthsW-1:0] lengths;
  logic                lengths_next_q;      // the block of lengths comes next
  logic [CtxW-1:0]     lengths_ctx_q;
  logic [SlotW-1:0]    lengths_slot_q;
  logic                lengths_parity_q;

  logic     head_valid, pop;
  product_t head;
  block_t [1:0] sums_q;

  fifo #(
    .Width ($bits(product_t)),
    .Depth (Depth)
  ) u_queue (
    .clk_i,
    .rst_ni,
    .push_i,
    .data_i  (product_i),
    .valid_o (head_valid),
    .data_o  (head),
    .pop_i   (pop),
    .error_o (fatal_o)
  );

  assign init_take_o = init_valid_i && !lengths_next_q;
  assign pop         = head_valid && !lengths_next_q && !init_valid_i;
  assign give_o      = pop;
  assign issued_o    = pop || lengths_next_q || init_take_o;
  assign lengths     = lengths_q[lengths_ctx_q];

  always_ff @(posedge clk_i) begin
    if (work_valid_i) lengths_q[work_ctx_i] <= {aad_bytes_i, data_bytes_i};
    if (pop) begin
      lengths_ctx_q    <= head.ctx;
      lengths_slot_q   <= head.slot;
      lengths_parity_q <= head.item.parity;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) lengths_next_q <= 1'b0;
    else lengths_next_q <= pop && head.item.last;
  end

  block_t           factor;
  logic [SlotW-1:0] slot;
  logic [4:0]       power;
  meta_t            meta;

  always_comb begin
    if (lengths_next_q) begin
      factor = {64'(lengths[LengthsW-1:BytesW]) << 3, 64'(lengths[BytesW-1:0]) << 3};
      slot   = lengths_slot_q;
      power  = '0;
      meta   = '{init: 1'b0, target: '0, ctx: lengths_ctx_q, first: 1'b0,
                 parity: lengths_parity_q, final_: 1'b1};
    end else if (init_valid_i) begin
      factor = init_base_i;
      slot   = init_slot_i;
      power  = init_operand_i;
      meta   = '{init: 1'b1, target: init_target_i, ctx: '0, first: 1'b0, parity: 1'b0,
                 final_: 1'b0};
    end else begin
      factor = head.item.fold ? head.block ^ sums_q[!head.item.parity] : head.block;
      slot   = head.slot;
      power  = head.item.power;
      meta   = '{init: 1'b0, target: '0, ctx: head.ctx, first: head.item.first,
                 parity: head.item.parity, final_: 1'b0};
    end
  end

  // ---------------------------------------------------------------- G1

  logic   g1_valid_q;
  block_t g1_factor_q, g1_power;
  meta_t  g1_meta_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) g1_valid_q <= 1'b0;
    else g1_valid_q <= issued_o;
  end

  always_ff @(posedge clk_i) begin
    if (issued_o) begin
      g1_factor_q <= factor;
      g1_meta_q   <= meta;
    end
  end

  power_table #(
    .NumSlots (NumSlots)
  ) u_powers (
    .clk_i,
    .write_i       (power_write_i),
    .write_slot_i  (power_slot_i),
    .write_power_i (power_i),
    .write_data_i  (power_data_i),
    .wipe_i        (power_wipe_i),
    .read_i        (issued_o),
    .read_slot_i   (slot),
    .read_power_i  (power),
    .read_data_o   (g1_power)
  );

  logic   product_valid;
  block_t product;
  meta_t  product_meta;

  ghash_mult #(
    .MetaW ($bits(meta_t))
  ) u_mult (
    .clk_i,
    .rst_ni,
    .valid_i   (g1_valid_q),
    .a_i       (g1_factor_q),
    .b_i       (g1_power),
    .meta_i    (g1_meta_q),
    .valid_o   (product_valid),
    .product_o (product),
    .meta_o    (product_meta)
  );

  // ---------------------------------------------------------------- G2

  logic   adds;
  block_t sum;

  assign adds = product_valid && !product_meta.init;
  assign sum  = product_meta.first ? product : sums_q[product_meta.parity] ^ product;

  always_ff @(posedge clk_i) begin
    if (adds) sums_q[product_meta.parity] <= sum;
  end

  assign init_done_o    = product_valid && product_meta.init;
  assign init_target_o  = product_meta.target;
  assign init_product_o = product;

  assign sum_valid_o = adds && product_meta.final_;
  assign sum_ctx_o   = product_meta.ctx;
  assign sum_o       = sum;

endmodule
