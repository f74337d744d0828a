// One element of the RSA array with small digits and words, in any state and whatever came before:
// a product of two words gives (S + a B + q N) / 2^DigitW, q the digit that makes the sum
// divisible, five cycles behind its words. The digit a lies across two words of A. Beside the
// product's own cycles all inputs are free; the next product may start with its last word. When
// starts and words leave depends on when they came and on nothing else.
//
// Without reset the first state is any state, so the bounded proof is a proof for all times.

module rsa_element_props #(
  parameter  int unsigned DigitW = 3,
  parameter  int unsigned WordW = 4,
  localparam int unsigned IndexW = 2,
  localparam int unsigned Index = 1,
  localparam int unsigned Words = 2,
  localparam int unsigned Latency = rsa_pkg::ElementCycles,
  localparam int unsigned ValueW = Words * WordW,
  localparam int unsigned ProductW = WordW + DigitW,
  localparam int unsigned SumW = ValueW + DigitW,
  localparam int unsigned OperandsW = 4 * ValueW + DigitW
) (
  input logic                  clk_i,
  input logic [OperandsW-1:0]  operands_i,
  input logic                  start_i,
  input logic                  word_i,
  input logic [WordW-1:0]      s_i,
  input logic [WordW-1:0]      b_i,
  input logic [WordW-1:0]      n_i,
  input logic                  a_valid_i,
  input logic [IndexW-1:0]     a_index_i,
  input logic [WordW-1:0]      a_i
);

  // The product: A's words in cycles 0 and 1, its start in cycle 2, its words in 5 and 6.
  localparam int unsigned Start = 2;
  localparam int unsigned First = Start + 1 + rsa_pkg::SlotExtra;
  localparam int unsigned Last = First + Words - 1;

  logic [4:0] t_q;
  initial t_q = '0;
  always_ff @(posedge clk_i) if (t_q != '1) t_q <= t_q + 1'b1;

  // Any operands, always the same.
  logic [ValueW-1:0]    a_words, s, b, n;
  logic [DigitW-1:0]    inverse;
  logic [OperandsW-1:0] operands_q;

  assign {a_words, s, b, n, inverse} = operands_i;
  always_ff @(posedge clk_i) operands_q <= operands_i;

  logic [DigitW-1:0]   a, scaled, q;
  logic [ProductW-1:0] q_left, q_right;
  logic [ProductW-1:0] left [Words];
  logic [ProductW-1:0] right [Words];
  logic [SumW-1:0]     sum;

  assign a       = a_words[DigitW*Index+:DigitW];
  assign scaled  = b[DigitW-1:0] * inverse;
  assign q_left  = ProductW'(a) * ProductW'(scaled);
  assign q_right = ProductW'(s[DigitW-1:0]) * ProductW'(inverse);
  assign q       = q_left[DigitW-1:0] + q_right[DigitW-1:0];
  for (genvar j = 0; j < Words; j++) begin : gen_products
    assign left[j]  = ProductW'(a) * ProductW'(b[WordW*j+:WordW]);
    assign right[j] = ProductW'(q) * ProductW'(n[WordW*j+:WordW]);
  end
  assign sum = SumW'(s) + (SumW'(left[0]) + SumW'(right[0])) +
      ((SumW'(left[1]) + SumW'(right[1])) << WordW);

  // What the element gets: the product's words in their cycles, and else anything.
  logic              start, word, a_valid;
  logic [WordW-1:0]  s_in, b_in, n_in, a_in;
  logic [IndexW-1:0] a_index;

  always_comb begin
    {start, word, s_in, b_in, n_in} = {start_i, word_i, s_i, b_i, n_i};
    {a_valid, a_index, a_in} = {a_valid_i, a_index_i, a_i};
    if (t_q < 5'(Start)) {a_valid, a_index} = {1'b1, IndexW'(t_q)};
    if (t_q == 5'd0) a_in = a_words[WordW-1:0];
    if (t_q == 5'd1) a_in = a_words[ValueW-1:WordW];
    if (t_q < 5'(Last)) start = t_q == 5'(Start);
    if (t_q > 5'(Start) && t_q <= 5'(Last + rsa_pkg::SlotExtra)) word = 1'b0;
    unique case (t_q)
      5'(Start + 1): {s_in, b_in, n_in} = {s[WordW-1:0], WordW'(scaled), WordW'(inverse)};
      5'(Start + 2): s_in = s[ValueW-1:WordW];
      5'(First):     {word, s_in, b_in, n_in} = {1'b1, WordW'(0), b[WordW-1:0], n[WordW-1:0]};
      5'(Last): begin
        {word, s_in, b_in, n_in} = {1'b1, WordW'(0), b[ValueW-1:WordW], n[ValueW-1:WordW]};
      end
      default: ;
    endcase
  end

  logic              start_o, word_o, a_valid_o;
  logic [WordW-1:0]  s_o, b_o, n_o, a_o;
  logic [IndexW-1:0] a_index_o;

  rsa_element #(
    .DigitW(DigitW),
    .WordW(WordW),
    .Index(Index),
    .IndexW(IndexW)
  ) u_element (
    .clk_i,
    .rst_ni(1'b1),
    .start_i(start),
    .word_i(word),
    .s_i(s_in),
    .b_i(b_in),
    .n_i(n_in),
    .a_valid_i(a_valid),
    .a_index_i(a_index),
    .a_i(a_in),
    .start_o,
    .word_o,
    .s_o,
    .b_o,
    .n_o,
    .a_valid_o,
    .a_index_o,
    .a_o
  );

  // Inputs of the cycles before.
  typedef struct packed {
    logic             start;
    logic             word;
    logic [WordW-1:0] b;
    logic [WordW-1:0] n;
  } words_t;
  typedef struct packed {
    logic              valid;
    logic [IndexW-1:0] index;
    logic [WordW-1:0]  digits;
  } digits_t;

  words_t  words_q [Latency];
  digits_t digits_q [Latency-1];
  always_ff @(posedge clk_i) begin
    words_q[0]  <= {start, word, b_in, n_in};
    digits_q[0] <= {a_valid, a_index, a_in};
    for (int unsigned i = 1; i < Latency; i++) words_q[i] <= words_q[i-1];
    for (int unsigned i = 1; i < Latency - 1; i++) digits_q[i] <= digits_q[i-1];
  end

  always_comb begin
    if (t_q != '0) assume (operands_i == operands_q);
    // What a product may have: n' = -1/N, the result fits its words.
    assume (DigitW'(inverse * n[DigitW-1:0] + 1'b1) == '0);
    assume (s[ValueW-1-:2] == '0 && b[ValueW-1-:2] == '0 && n[ValueW-1-:2] == '0);
    if (t_q == '0) a_divisible: assert (sum[DigitW-1:0] == '0);
    if (t_q >= 5'(Latency)) begin
      a_pass: assert ({start_o, word_o, b_o, n_o} == words_q[Latency-1]);
      a_digits: assert ({a_valid_o, a_index_o, a_o} == digits_q[Latency-2]);
    end
    if (t_q == 5'(Start + 1 + Latency)) a_low: assert (s_o == sum[DigitW+:WordW]);
    if (t_q == 5'(Start + 2 + Latency)) a_high: assert (s_o == sum[SumW-1-:WordW]);
    if (t_q == 5'(First + Latency) || t_q == 5'(Last + Latency)) begin
      a_zero: assert (s_o == '0);
    end
    cover (t_q == 5'(Last + Latency) && q != '0 && a[DigitW-1] && sum[SumW-1-:WordW] != '0 &&
        words_q[Latency-1].start);
  end

endmodule
