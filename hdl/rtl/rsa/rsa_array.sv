// The array: NumPe elements in a row, one digit of A each. Ports as of rsa_element; what comes out
// is NumPe * ElementCycles cycles behind what goes in.

module rsa_array #(
  parameter int unsigned NumPe = 61,
  parameter int unsigned DigitW = 17,
  parameter int unsigned WordW = 26,
  parameter int unsigned IndexW = 9
) (
  input  logic              clk_i,
  input  logic              rst_ni,

  input  logic              start_i,
  input  logic              word_i,
  input  logic [WordW-1:0]  s_i,
  input  logic [WordW-1:0]  b_i,
  input  logic [WordW-1:0]  n_i,
  input  logic              a_valid_i,
  input  logic [IndexW-1:0] a_index_i,
  input  logic [WordW-1:0]  a_i,

  output logic              start_o,
  output logic [WordW-1:0]  s_o,
  output logic [WordW-1:0]  n_o
);

  logic [NumPe:0]    start, word, a_valid;
  logic [WordW-1:0]  s [NumPe+1];
  logic [WordW-1:0]  b [NumPe+1];
  logic [WordW-1:0]  n [NumPe+1];
  logic [WordW-1:0]  a [NumPe+1];
  logic [IndexW-1:0] a_index [NumPe+1];
  logic              unused_ends;

  assign start[0]    = start_i;
  assign word[0]     = word_i;
  assign s[0]        = s_i;
  assign b[0]        = b_i;
  assign n[0]        = n_i;
  assign a_valid[0]  = a_valid_i;
  assign a_index[0]  = a_index_i;
  assign a[0]        = a_i;
  assign start_o     = start[NumPe];
  assign s_o         = s[NumPe];
  assign n_o         = n[NumPe];
  assign unused_ends = ^{word[NumPe], b[NumPe], a_valid[NumPe], a_index[NumPe], a[NumPe]};

  for (genvar i = 0; i < NumPe; i++) begin : gen_elements
    rsa_element #(
      .DigitW(DigitW),
      .WordW(WordW),
      .Index(i),
      .IndexW(IndexW)
    ) u_element (
      .clk_i,
      .rst_ni,
      .start_i(start[i]),
      .word_i(word[i]),
      .s_i(s[i]),
      .b_i(b[i]),
      .n_i(n[i]),
      .a_valid_i(a_valid[i]),
      .a_index_i(a_index[i]),
      .a_i(a[i]),
      .start_o(start[i+1]),
      .word_o(word[i+1]),
      .s_o(s[i+1]),
      .b_o(b[i+1]),
      .n_o(n[i+1]),
      .a_valid_o(a_valid[i+1]),
      .a_index_o(a_index[i+1]),
      .a_o(a[i+1])
    );
  end

endmodule
