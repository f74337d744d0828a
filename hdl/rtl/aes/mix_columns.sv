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

module mix_columns
  import aes_pkg::*;
#(
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
  end else if (Inverse) begin : gen_inverse
    logic [63:0] sum, near_d, far_d, all_d, rest_d, near, far, all, rest;
    always_comb begin
      sum    = Split ? data_i : data_i ^ key_i;
      near_d = pass ? '0 : sum ^ rotate_one(sum);
      far_d  = pass ? '0 : sum ^ rotate_two(sum);
      all_d  = far_d ^ rotate_one(far_d);
      rest_d = pass ? bypass_i : all_d ^ sum;
    end
    if (Split) begin : gen_split
      always_ff @(posedge clk_i) begin
        if (en_i[0]) begin
          near <= near_d;
          far  <= far_d;
          all  <= all_d;
          rest <= rest_d;
        end
      end
    end else begin : gen_one
      assign near = near_d;
      assign far  = far_d;
      assign all  = all_d;
      assign rest = rest_d;
    end
    always_ff @(posedge clk_i) begin
      if (en_i[Split]) data_o <= xtime8(near ^ xtime8(far ^ xtime8(all))) ^ rest;
    end
  end else begin : gen_forward
    logic [63:0] near_d, rest_d, near, rest;
    always_comb begin
      near_d = pass ? '0 : data_i ^ rotate_one(data_i);
      rest_d = pass ? bypass_i : rotate_one(data_i) ^ key_i;
    end
    if (Split) begin : gen_split
      always_ff @(posedge clk_i) begin
        if (en_i[0]) begin
          near <= near_d;
          rest <= rest_d;
        end
      end
    end else begin : gen_one
      assign near = near_d;
      assign rest = rest_d;
    end
    always_ff @(posedge clk_i) begin
      if (en_i[Split]) data_o <= xtime8(near) ^ rest ^ rotate_two(near);
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
