// Multiplier in the field of GHASH (SP 800-38D 6.3), one product per cycle.
//
// Blocks as everywhere: byte 0 in bits 127:120, so bit 127 is the coefficient of x^0. No stall;
// latency GhashLatency = 4 cycles from valid_i to valid_o; meta_i goes along.
//   1 operands of nine products of 32 bits (Karatsuba in two levels) | 2 products |
//   3 their combination, 255 bits | 4 reduction |

module ghash_mult
  import aes_pkg::*;
#(
  parameter int unsigned MetaW = 1
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             valid_i,
  input  logic [127:0]     a_i,
  input  logic [127:0]     b_i,
  input  logic [MetaW-1:0] meta_i,
  output logic             valid_o,
  output logic [127:0]     product_o,
  output logic [MetaW-1:0] meta_o
);

  localparam int unsigned Pieces = 9;

  logic [GhashLatency:0] valid;
  logic [GhashLatency:1] valid_q;
  logic [MetaW-1:0]      meta_q [GhashLatency];

  assign valid   = {valid_q, valid_i};
  assign valid_o = valid[GhashLatency];
  assign meta_o  = meta_q[GhashLatency-1];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= '0;
    else         valid_q <= valid[GhashLatency-1:0];
  end
  always_ff @(posedge clk_i) begin
    if (valid[0]) meta_q[0] <= meta_i;
    for (int unsigned i = 1; i < GhashLatency; i++) begin
      if (valid[i]) meta_q[i] <= meta_q[i-1];
    end
  end

  // 1: pieces 0 to 2 of the low halves, 3 to 5 of the high halves, 6 to 8 of their sums; of each
  // three the low word, the high word, their sum.
  logic [63:0] a_half [3], b_half [3];
  assign a_half = '{a_i[63:0], a_i[127:64], a_i[63:0] ^ a_i[127:64]};
  assign b_half = '{b_i[63:0], b_i[127:64], b_i[63:0] ^ b_i[127:64]};

  logic [31:0] a_q [Pieces], b_q [Pieces];
  always_ff @(posedge clk_i) begin
    if (valid[0]) begin
      for (int unsigned i = 0; i < Pieces; i++) begin
        a_q[i] <= i % 3 == 0 ? a_half[i/3][31:0] : i % 3 == 1 ? a_half[i/3][63:32] :
            a_half[i/3][31:0] ^ a_half[i/3][63:32];
        b_q[i] <= i % 3 == 0 ? b_half[i/3][31:0] : i % 3 == 1 ? b_half[i/3][63:32] :
            b_half[i/3][31:0] ^ b_half[i/3][63:32];
      end
    end
  end

  // 2: products.
  logic [62:0] product_q [Pieces];
  for (genvar i = 0; i < Pieces; i++) begin : gen_products
    clmul32 u_clmul (
      .clk_i,
      .en_i(valid[1]),
      .a_i(a_q[i]),
      .b_i(b_q[i]),
      .product_o(product_q[i])
    );
  end

  // 3: the product of 255 bits, bit m = coefficient of x^(254 - m), in four words.
  logic [63:0] lo [3], hi [3];  // of the products of halves
  always_comb begin
    for (int unsigned h = 0; h < 3; h++) begin
      logic [63:0] low, high, mid;
      low   = {1'b0, product_q[3*h]};
      high  = {1'b0, product_q[3*h+1]};
      mid   = {1'b0, product_q[3*h+2]} ^ low ^ high;
      lo[h] = low ^ {mid[31:0], 32'b0};
      hi[h] = high ^ {32'b0, mid[63:32]};
    end
  end

  logic [63:0] word_q [4];
  always_ff @(posedge clk_i) begin
    if (valid[2]) begin
      word_q[0] <= lo[0];
      word_q[1] <= hi[0] ^ lo[2] ^ lo[0] ^ lo[1];
      word_q[2] <= lo[1] ^ hi[2] ^ hi[0] ^ hi[1];
      word_q[3] <= hi[1];
    end
  end

  // 4: reduction by x^128 = x^7 + x^2 + x + 1. `over` holds the coefficients of x^128 to x^254
  // from the top, `rest` those of x^0 to x^127. What the shifts push out at the bottom is again
  // above x^127 and is folded into `over` first.
  logic [63:0] over_lo, over_hi, fold_hi, rest_lo, rest_hi;
  assign over_lo = {word_q[0][62:0], 1'b0};
  assign over_hi = {word_q[1][62:0], word_q[0][63]};
  assign rest_lo = {word_q[2][62:0], word_q[1][63]};
  assign rest_hi = {word_q[3][62:0], word_q[2][63]};
  assign fold_hi = over_hi ^ (over_lo << 63) ^ (over_lo << 62) ^ (over_lo << 57);

  always_ff @(posedge clk_i) begin
    if (valid[3]) begin
      product_o[127:64] <= rest_hi ^ fold_hi ^ (fold_hi >> 1) ^ (fold_hi >> 2) ^ (fold_hi >> 7);
      product_o[63:0] <= rest_lo ^ over_lo ^
          {fold_hi[0], over_lo[63:1]} ^ {fold_hi[1:0], over_lo[63:2]} ^
          {fold_hi[6:0], over_lo[63:7]};
    end
  end

  logic unused_top;
  assign unused_top = word_q[3][63];

endmodule
