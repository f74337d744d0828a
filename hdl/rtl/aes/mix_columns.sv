// AddRoundKey and MixColumns, or AddRoundKey and InvMixColumns, of two columns (64 bits); in the
// last round (Final) the key alone.
//
// Latency: 1 cycle, 2 if Split; en_i[j] enables register j. The forward direction adds the key
// here; the inverse one as well, unless Split: then the key is in data_i already. pass_i gives
// bypass_i instead (only if Bypass). key_i, pass_i and bypass_i come with data_i. No reset, no
// stall.
//
// With rows a0 to a3 and s their sum: MixColumns of row 0 is 2(a0+a1) + (a2+a3) + a1, so the sums
// of neighbours are formed first and the key goes with a1. InvMixColumns is
// 2(a0+a1) + 4(a0+a2) + 8s + (s+a0). A pass has sums of zero.
//
// Unless Split, all is computed at the register, in locals: what is not enabled then costs a
// simulation one test. Nothing is a function; its copies would differ between the rounds.

module mix_columns #(
  parameter bit Inverse = 1'b0,
  parameter bit Final = 1'b0,
  parameter bit Bypass = 1'b0,
  parameter bit Split = 1'b0
) (
  input  logic           clk_i,
  input  logic [Split:0] en_i,
  input  logic [63:0]    data_i,
  input  logic [63:0]    key_i,
  input  logic           pass_i,
  input  logic [63:0]    bypass_i,
  output logic [63:0]    data_o
);

  // In each of two columns, row r gets row r + 1, and row r + 2.
  localparam logic [63:0] OneUp = 64'hffff_ff00_ffff_ff00;
  localparam logic [63:0] TwoUp = 64'hffff_0000_ffff_0000;
  // For the product of each byte and x: all bits but the highest; the lowest.
  localparam logic [63:0] Low = 64'h7f7f_7f7f_7f7f_7f7f;
  localparam logic [63:0] Bit0 = 64'h0101_0101_0101_0101;

  logic pass;
  assign pass = Bypass && pass_i;

  if (Final) begin : gen_final
    logic [63:0] sum;
    assign sum = (Inverse && Split) ? data_i : data_i ^ key_i;
    if (Split) begin : gen_split
      logic [63:0] sum_q;
      always_ff @(posedge clk_i) begin
        if (en_i[0]) sum_q <= sum;
        if (en_i[1]) data_o <= sum_q;
      end
    end else begin : gen_one
      always_ff @(posedge clk_i) begin
        if (en_i[0]) data_o <= sum;
      end
    end
  end else if (Inverse && Split) begin : gen_inverse
    logic [63:0] sum, near_d, far_d, all_d, rest_d, near, far, all, rest;
    logic [63:0] top2, top4, top8, twice, four, eight;
    always_comb begin
      sum    = '0;
      near_d = '0;
      far_d  = '0;
      all_d  = '0;
      rest_d = '0;
      if (en_i[0]) begin
        sum    = data_i;
        near_d = pass ? '0 : sum ^ ((sum << 8) & OneUp) ^ ((sum >> 24) & ~OneUp);
        far_d  = pass ? '0 : sum ^ ((sum << 16) & TwoUp) ^ ((sum >> 16) & ~TwoUp);
        all_d  = far_d ^ ((far_d << 8) & OneUp) ^ ((far_d >> 24) & ~OneUp);
        rest_d = pass ? bypass_i : all_d ^ sum;
      end
    end
    always_ff @(posedge clk_i) begin
      if (en_i[0]) begin
        near <= near_d;
        far  <= far_d;
        all  <= all_d;
        rest <= rest_d;
      end
    end
    // x times (near + x times (far + x times all)).
    always_comb begin
      top2  = '0;
      top4  = '0;
      top8  = '0;
      eight = '0;
      four  = '0;
      twice = '0;
      if (en_i[1]) begin
        top8  = (all >> 7) & Bit0;
        eight = far ^ ((all & Low) << 1) ^ top8 ^ (top8 << 1) ^ (top8 << 3) ^ (top8 << 4);
        top4  = (eight >> 7) & Bit0;
        four  = near ^ ((eight & Low) << 1) ^ top4 ^ (top4 << 1) ^ (top4 << 3) ^ (top4 << 4);
        top2  = (four >> 7) & Bit0;
        twice = ((four & Low) << 1) ^ top2 ^ (top2 << 1) ^ (top2 << 3) ^ (top2 << 4);
      end
    end
    always_ff @(posedge clk_i) begin
      if (en_i[1]) data_o <= twice ^ rest;
    end
  end else if (Inverse) begin : gen_inverse_one
    always_ff @(posedge clk_i) begin : mix
      automatic logic [63:0] sum = '0, near = '0, far = '0, all = '0, rest = '0;
      automatic logic [63:0] top8 = '0, eight = '0, top4 = '0, four = '0, top2 = '0;
      if (en_i[0]) begin
        sum   = data_i ^ key_i;
        near  = pass ? '0 : sum ^ ((sum << 8) & OneUp) ^ ((sum >> 24) & ~OneUp);
        far   = pass ? '0 : sum ^ ((sum << 16) & TwoUp) ^ ((sum >> 16) & ~TwoUp);
        all   = far ^ ((far << 8) & OneUp) ^ ((far >> 24) & ~OneUp);
        rest  = pass ? bypass_i : all ^ sum;
        // As above; here tops are tripled first.
        top8  = (all >> 7) & Bit0;
        top8  = top8 ^ (top8 << 1);
        eight = far ^ ((all & Low) << 1) ^ top8 ^ (top8 << 3);
        top4  = (eight >> 7) & Bit0;
        top4  = top4 ^ (top4 << 1);
        four  = near ^ ((eight & Low) << 1) ^ top4 ^ (top4 << 3);
        top2  = (four >> 7) & Bit0;
        top2  = top2 ^ (top2 << 1);
        data_o <= ((four & Low) << 1) ^ top2 ^ (top2 << 3) ^ rest;
      end
    end
  end else if (Split) begin : gen_forward
    logic [63:0] one, near_d, rest_d, near, rest, top, mixed;
    always_comb begin
      one    = '0;
      near_d = '0;
      rest_d = '0;
      if (en_i[0]) begin
        one    = ((data_i << 8) & OneUp) | ((data_i >> 24) & ~OneUp);
        near_d = pass ? '0 : data_i ^ one;
        rest_d = pass ? bypass_i : one ^ key_i;
      end
    end
    always_ff @(posedge clk_i) begin
      if (en_i[0]) begin
        near <= near_d;
        rest <= rest_d;
      end
    end
    always_comb begin
      top   = '0;
      mixed = '0;
      if (en_i[1]) begin
        top   = (near >> 7) & Bit0;
        mixed = ((near & Low) << 1) ^ top ^ (top << 1) ^ (top << 3) ^ (top << 4) ^ rest ^
            ((near << 16) & TwoUp) ^ ((near >> 16) & ~TwoUp);
      end
    end
    always_ff @(posedge clk_i) begin
      if (en_i[1]) data_o <= mixed;
    end
  end else begin : gen_forward_one
    always_ff @(posedge clk_i) begin : mix
      automatic logic [63:0] one = '0, near = '0, rest = '0, top = '0;
      if (en_i[0]) begin
        one  = ((data_i << 8) & OneUp) | ((data_i >> 24) & ~OneUp);
        near = pass ? '0 : data_i ^ one;
        rest = pass ? bypass_i : one ^ key_i;
        top  = (near >> 7) & Bit0;
        top  = top ^ (top << 1);
        data_o <= ((near & Low) << 1) ^ top ^ (top << 3) ^ rest ^
            ((near << 16) & TwoUp) ^ ((near >> 16) & ~TwoUp);
      end
    end
  end

  if (Inverse && Split) begin : gen_no_key
    logic unused_key;
    assign unused_key = ^key_i;
  end
  if (Final || !Bypass) begin : gen_no_bypass
    logic unused_bypass;
    assign unused_bypass = ^{pass, pass_i, bypass_i};
  end

endmodule
