// Unit bench of four RSA engines of full size.
// Ports of rsa_farm; where the engine has a port too, its name.

module rsa_farm_unit
  import rsa_pkg::*;
#(
  parameter  int unsigned Engines = 4,
  parameter  int unsigned NumPe = 61,
  parameter  int unsigned DigitW = 17,
  parameter  int unsigned WordW = 26,
  parameter  int unsigned Msgs = 4,
  parameter  int unsigned MaxHalfBits = 2048,
  parameter  int unsigned KeyW = 16,
  localparam int unsigned Places = Engines * Msgs,
  localparam int unsigned PlaceW = $clog2(Places),
  localparam int unsigned EngineW = $clog2(Engines)
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  output logic [31:0]           shape_o,     // places, WordW, DigitW, NumPe, a byte each
  output logic [7:0]            engines_o,
  input  logic                  request_valid_i,
  output logic                  request_ready_o,
  input  logic [KeyW-1:0]       request_key_i,
  output logic [PlaceW-1:0]     request_place_o,
  output logic                  request_loaded_o,
  input  logic                  load_valid_i,
  output logic                  load_ready_o,
  input  logic [2:0]            load_to_i,
  input  logic [PlaceW-1:0]     load_msg_i,
  input  logic [3:0]            load_cell_i,
  input  logic [WordIndexW-1:0] load_index_i,
  input  logic [LoadW-1:0]      load_data_i,
  input  logic                  cmd_valid_i,
  input  logic [1:0]            cmd_i,
  input  logic [PlaceW-1:0]     cmd_msg_i,
  input  logic [BitsW-1:0]      cmd_bits_i,
  input  logic [PublicW-1:0]    cmd_exponent_i,
  output logic                  answer_valid_o,
  output answer_e               answer_o,
  input  logic                  zeroise_i,
  input  logic [KeyW-1:0]       zeroise_key_i,
  output logic                  zeroise_busy_o,
  input  logic [Engines-1:0]    fault_i,
  output logic [Places-1:0]     busy_o,
  output logic                  out_valid_o,
  input  logic                  out_ready_i,
  output logic [PlaceW-1:0]     out_msg_o,
  output logic [WordW-1:0]      out_data_o,
  output logic                  out_last_o,
  input  logic [EngineW-1:0]    count_engine_i,
  output logic [47:0]           count_cycles_o,
  output logic [47:0]           count_words_o,
  output logic [47:0]           count_passes_o,
  output logic [47:0]           count_results_o
);

  assign shape_o   = {8'(Places), 8'(WordW), 8'(DigitW), 8'(NumPe)};
  assign engines_o = 8'(Engines);

  rsa_farm #(
    .Engines(Engines),
    .NumPe(NumPe),
    .DigitW(DigitW),
    .WordW(WordW),
    .Msgs(Msgs),
    .MaxHalfBits(MaxHalfBits),
    .KeyW(KeyW)
  ) u_farm (
    .load_to_i(load_e'(load_to_i)),
    .load_place_i(load_msg_i),
    .cmd_i(cmd_e'(cmd_i)),
    .cmd_place_i(cmd_msg_i),
    .out_place_o(out_msg_o),
    .*
  );

endmodule
