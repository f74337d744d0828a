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

  // Keys that were written or zeroised; E(0) by the forward lane.
  input  logic              zero_valid_i,
  input  logic [SlotW-1:0]  zero_slot_i,
  input  logic              init_valid_i,
  input  logic [SlotW-1:0]  init_slot_i,
  input  logic [1:0]        init_len_i,
  input  logic              init_gcm_i,
  output logic              init_done_o,
  output logic              lane_valid_o,
  output key_ref_t          lane_key_o,
  input  logic              lane_take_i,
  input  logic              lane_done_i,
  input  block_t            lane_result_i,
  output logic              l_write_o,       // L of a slot
  output logic [SlotW-1:0]  l_slot_o,
  output block_t            l_o,

  output logic             sum_valid_o,     // GHASH of a message
  output logic [CtxW-1:0]  sum_ctx_o,
  output block_t           sum_o,
  output logic             issued_o,
  output logic             busy_o,          // with keys
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

  logic   product_valid;
  block_t product;
  meta_t  product_meta;

  // ---------------------------------------------------------------- G0

  logic [LengthsW-1:0] lengths_q [NumCtx];
  logic [LengthsW-1:0] lengths;
  logic                lengths_next_q;      // the block of lengths comes next
  logic [CtxW-1:0]     lengths_ctx_q;
  logic [SlotW-1:0]    lengths_slot_q;
  logic                lengths_parity_q;

  logic     head_valid, pop;
  product_t head;
  block_t   sums_q [2];

  logic       power_valid, power_take, power_done, queue_fault, init_fault;
  logic [4:0] power_operand, power_target;
  block_t     power_base;
  derived_t   derived;

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
    .error_o (queue_fault)
  );

  key_init #(
    .NumSlots (NumSlots)
  ) u_key_init (
    .clk_i,
    .rst_ni,
    .zero_valid_i,
    .zero_slot_i,
    .init_valid_i,
    .init_slot_i,
    .init_len_i,
    .init_gcm_i,
    .init_done_o,
    .lane_valid_o,
    .lane_key_o,
    .lane_take_i,
    .lane_done_i,
    .lane_result_i,
    .product_valid_o   (power_valid),
    .product_base_o    (power_base),
    .product_operand_o (power_operand),
    .product_target_o  (power_target),
    .product_take_i    (power_take),
    .product_done_i    (power_done),
    .product_target_i  (product_meta.target),
    .product_i         (product),
    .derived_o         (derived),
    .busy_o,
    .fatal_o           (init_fault)
  );

  assign l_write_o = derived.l;
  assign l_slot_o  = derived.slot;
  assign l_o       = derived.data;

  assign fatal_o     = queue_fault || init_fault;
  assign power_take  = power_valid && !lengths_next_q;
  assign pop         = head_valid && !lengths_next_q && !power_valid;
  assign give_o      = pop;
  assign issued_o    = pop || lengths_next_q || power_take;
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
    factor = '0;
    slot   = '0;
    power  = '0;
    meta   = '0;
    if (lengths_next_q) begin
      factor = {64'(lengths[LengthsW-1:BytesW]) << 3, 64'(lengths[BytesW-1:0]) << 3};
      slot   = lengths_slot_q;
      meta   = '{init: 1'b0, target: '0, ctx: lengths_ctx_q, first: 1'b0,
                 parity: lengths_parity_q, final_: 1'b1};
    end else if (power_valid) begin
      factor = power_base;
      slot   = lane_key_o.slot;
      power  = power_operand;
      meta   = '{init: 1'b1, target: power_target, ctx: '0, first: 1'b0, parity: 1'b0,
                 final_: 1'b0};
    end else if (head_valid) begin
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
    .write_i       (derived.power),
    .write_slot_i  (derived.slot),
    .write_power_i (derived.index),
    .write_data_i  (derived.data),
    .wipe_i        (derived.wipe),
    .read_i        (issued_o),
    .read_slot_i   (slot),
    .read_power_i  (power),
    .read_data_o   (g1_power)
  );

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

  assign power_done  = product_valid && product_meta.init;
  assign sum_valid_o = adds && product_meta.final_;
  assign sum_ctx_o   = product_meta.ctx;
  assign sum_o       = sum;

endmodule
