// One element of the array: one digit of A, two multipliers.
//
// It takes the words of S, B and N of a product and gives, ElementCycles later, those of
// (S + a B + q N) / 2^DigitW, where q makes the sum divisible. A product begins with start_i; k
// counts its cycles, -1 at start_i:
//
//   k          0           1    2 + j (word_i)
//   s_i        S_0         S_1  S_(j+2)           word j of S at k = j, zeros behind the last
//   b_i        B_0 n'           B_j               n' = -1/N mod 2^DigitW
//   n_i        n'               N_j
//
// In cycle 0 both multipliers work for the quotient, q = S_0 n' + a B_0 n' mod 2^DigitW, which
// needs no third one; cycle 1 is idle. The next product may begin right behind the last word.
// Timing depends on start_i and word_i only.

module rsa_element #(
  parameter int unsigned DigitW = 17,
  parameter int unsigned WordW = 26,
  parameter int unsigned Index = 0,
  parameter int unsigned IndexW = 9
) (
  input  logic              clk_i,
  input  logic              rst_ni,

  input  logic              start_i,
  input  logic              word_i,
  input  logic [WordW-1:0]  s_i,
  input  logic [WordW-1:0]  b_i,
  input  logic [WordW-1:0]  n_i,
  // Words of A. Those with this element's digit come before start_i.
  input  logic              a_valid_i,
  input  logic [IndexW-1:0] a_index_i,
  input  logic [WordW-1:0]  a_i,

  output logic              start_o,
  output logic              word_o,
  output logic [WordW-1:0]  s_o,
  output logic [WordW-1:0]  b_o,
  output logic [WordW-1:0]  n_o,
  output logic              a_valid_o,
  output logic [IndexW-1:0] a_index_o,
  output logic [WordW-1:0]  a_o
);
  /*verilator no_inline_module*/

  localparam int unsigned ProductW = WordW + DigitW;
  localparam int unsigned SumW = ProductW + 2;
  localparam int unsigned CarryW = SumW - WordW;
  // The digit is in word At, from bit Off; Head of its bits are there, the rest in the next word.
  localparam int unsigned At = DigitW * Index / WordW;
  localparam int unsigned Off = DigitW * Index % WordW;
  localparam int unsigned Head = (Off + DigitW > WordW) ? WordW - Off : DigitW;

  logic [DigitW-1:0]   next_q, a_q;
  logic [4:1]          start_q, word_q;
  logic [WordW-1:0]    s1_q, s2_q, s3_q;
  logic [WordW-1:0]    b1_q, b2_q, b3_q, b4_q;
  logic [WordW-1:0]    n1_q, n2_q, n3_q, n4_q;
  logic [ProductW-1:0] left_q, right_q;
  logic [DigitW-1:0]   quotient_q, factor;
  logic [CarryW-1:0]   carry_q, carry;
  logic [SumW-1:0]     products, sum;
  logic [WordW-1:0]    shifted;

  // The digit of the next product waits in next_q.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      next_q <= '0;
      a_q    <= '0;
    end else begin
      if (start_i) begin
        a_q    <= next_q;
        next_q <= '0;
      end
      if (a_valid_i && a_index_i == IndexW'(At)) next_q[Head-1:0] <= a_i[Off+:Head];
      if (Head < DigitW && a_valid_i && a_index_i == IndexW'(At + 1)) begin
        next_q[DigitW-1-:(Head < DigitW ? DigitW - Head : 1)] <=
            a_i[0+:(Head < DigitW ? DigitW - Head : 1)];
      end
    end
  end

  assign factor = start_q[1] ? s_i[DigitW-1:0] : quotient_q;

  always_ff @(posedge clk_i) begin
    left_q  <= ProductW'(a_q) * ProductW'(b_i);
    right_q <= ProductW'(factor) * ProductW'(n_i);
    if (start_q[2]) quotient_q <= left_q[DigitW-1:0] + right_q[DigitW-1:0];
  end

  // Word j of the sum in cycle 3 + j; one more behind the last takes the carry.
  assign products = word_q[1] ? SumW'(left_q) + SumW'(right_q) : '0;
  assign carry    = (word_q[1] && !word_q[2]) ? '0 : carry_q;
  assign sum      = products + SumW'(s3_q) + SumW'(carry);

  if (WordW > DigitW) begin : gen_shift
    logic [WordW-DigitW-1:0] high_q;
    always_ff @(posedge clk_i) high_q <= sum[WordW-1:DigitW];
    assign shifted = {sum[DigitW-1:0], high_q};
  end else begin : gen_no_shift
    assign shifted = sum[DigitW-1:0];
  end

  always_ff @(posedge clk_i) begin
    carry_q <= sum[SumW-1:WordW];
    s1_q    <= s_i;
    s2_q    <= s1_q;
    s3_q    <= s2_q;
    s_o     <= word_q[2] ? shifted : '0;
    b1_q    <= b_i;
    b2_q    <= b1_q;
    b3_q    <= b2_q;
    b4_q    <= b3_q;
    b_o     <= b4_q;
    n1_q    <= n_i;
    n2_q    <= n1_q;
    n3_q    <= n2_q;
    n4_q    <= n3_q;
    n_o     <= n4_q;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      start_q <= '0;
      word_q  <= '0;
      start_o <= 1'b0;
      word_o  <= 1'b0;
    end else begin
      start_q <= {start_q[3:1], start_i};
      word_q  <= {word_q[3:1], word_i};
      start_o <= start_q[4];
      word_o  <= word_q[4];
    end
  end

  logic [3:1]        av_q;
  logic [IndexW-1:0] ai1_q, ai2_q, ai3_q;
  logic [WordW-1:0]  a1_q, a2_q, a3_q;

  always_ff @(posedge clk_i) begin
    {ai1_q, a1_q}    <= {a_index_i, a_i};
    {ai2_q, a2_q}    <= {ai1_q, a1_q};
    {ai3_q, a3_q}    <= {ai2_q, a2_q};
    {a_index_o, a_o} <= {ai3_q, a3_q};
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) {a_valid_o, av_q} <= '0;
    else         {a_valid_o, av_q} <= {av_q, a_valid_i};
  end

endmodule
