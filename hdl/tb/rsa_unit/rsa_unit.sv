// Unit bench of the RSA engine, full size.
// Ports of rsa_engine.

module rsa_unit
  import rsa_pkg::*;
#(
  parameter  int unsigned NumPe = 61,
  parameter  int unsigned DigitW = 17,
  parameter  int unsigned WordW = 26,
  parameter  int unsigned Msgs = 4,
  parameter  int unsigned MaxHalfBits = 2048,
  localparam int unsigned MsgW = $clog2(Msgs)
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  output logic [31:0]           shape_o,     // Msgs, WordW, DigitW, NumPe, a byte each
  input  logic                  load_valid_i,
  output logic                  load_ready_o,
  input  logic [2:0]            load_to_i,
  input  logic [MsgW-1:0]       load_msg_i,
  input  logic [3:0]            load_cell_i,
  input  logic [WordIndexW-1:0] load_index_i,
  input  logic [LoadW-1:0]      load_data_i,
  input  logic                  cmd_valid_i,
  input  logic [1:0]            cmd_i,
  input  logic [MsgW-1:0]       cmd_msg_i,
  input  logic [BitsW-1:0]      cmd_bits_i,
  input  logic [PublicW-1:0]    cmd_exponent_i,
  output logic                  answer_valid_o,
  output answer_e               answer_o,
  output logic [Msgs-1:0]       busy_o,
  output logic                  out_valid_o,
  input  logic                  out_ready_i,
  output logic [MsgW-1:0]       out_msg_o,
  output logic [WordW-1:0]      out_data_o,
  output logic                  out_last_o,
  output logic [47:0]           count_cycles_o,
  output logic [47:0]           count_words_o,
  output logic [47:0]           count_passes_o,
  output logic [47:0]           count_results_o
);

  assign shape_o = {8'(Msgs), 8'(WordW), 8'(DigitW), 8'(NumPe)};

  rsa_engine #(
    .NumPe(NumPe),
    .DigitW(DigitW),
    .WordW(WordW),
    .Msgs(Msgs),
    .MaxHalfBits(MaxHalfBits)
  ) u_engine (
    .load_to_i(load_e'(load_to_i)),
    .cmd_i(cmd_e'(cmd_i)),
    .*
  );

endmodule
