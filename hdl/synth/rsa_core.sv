// The RSA engine for synthesis and place-and-route.
//
// Few pins: all inputs are bits of one shift register, all outputs are folded into another, so no
// pin and no wide register of the wrapper sets the clock.

module rsa_core
  import rsa_pkg::*;
#(
  parameter  int unsigned NumPe = 61,
  parameter  int unsigned DigitW = 17,
  parameter  int unsigned WordW = 26,
  parameter  int unsigned Msgs = 4,
  parameter  int unsigned MaxHalfBits = 2048,
  localparam int unsigned MsgW = $clog2(Msgs)
) (
  input  logic clk_i,
  input  logic rst_ni,
  input  logic serial_i,
  output logic serial_o
);

  typedef struct packed {
    logic                  load_valid;
    load_e                 load_to;
    logic [MsgW-1:0]       load_msg;
    logic [3:0]            load_cell;
    logic [WordIndexW-1:0] load_index;
    logic [LoadW-1:0]      load_data;
    logic                  cmd_valid;
    cmd_e                  cmd;
    logic [MsgW-1:0]       cmd_msg;
    logic [BitsW-1:0]      cmd_bits;
    logic [PublicW-1:0]    cmd_exponent;
    logic                  out_ready;
  } in_t;

  typedef struct packed {
    logic             load_ready;
    logic             answer_valid;
    answer_e          answer;
    logic [Msgs-1:0]  busy;
    logic             out_valid;
    logic [MsgW-1:0]  out_msg;
    logic [WordW-1:0] out_data;
    logic             out_last;
    logic [47:0]      count_cycles;
    logic [47:0]      count_words;
    logic [47:0]      count_passes;
    logic [47:0]      count_results;
  } out_t;

  in_t  in_q;
  out_t out, fold_q;

  assign serial_o = fold_q[0];

  always_ff @(posedge clk_i) begin
    in_q   <= {in_q[$bits(in_t)-2:0], serial_i};
    fold_q <= out ^ {fold_q[0], fold_q[$bits(out_t)-1:1]};
  end

  rsa_engine #(
    .NumPe(NumPe),
    .DigitW(DigitW),
    .WordW(WordW),
    .Msgs(Msgs),
    .MaxHalfBits(MaxHalfBits)
  ) u_engine (
    .clk_i,
    .rst_ni,
    .load_valid_i(in_q.load_valid),
    .load_ready_o(out.load_ready),
    .load_to_i(in_q.load_to),
    .load_msg_i(in_q.load_msg),
    .load_cell_i(in_q.load_cell),
    .load_index_i(in_q.load_index),
    .load_data_i(in_q.load_data),
    .cmd_valid_i(in_q.cmd_valid),
    .cmd_i(in_q.cmd),
    .cmd_msg_i(in_q.cmd_msg),
    .cmd_bits_i(in_q.cmd_bits),
    .cmd_exponent_i(in_q.cmd_exponent),
    .answer_valid_o(out.answer_valid),
    .answer_o(out.answer),
    .busy_o(out.busy),
    .out_valid_o(out.out_valid),
    .out_ready_i(in_q.out_ready),
    .out_msg_o(out.out_msg),
    .out_data_o(out.out_data),
    .out_last_o(out.out_last),
    .count_cycles_o(out.count_cycles),
    .count_words_o(out.count_words),
    .count_passes_o(out.count_passes),
    .count_results_o(out.count_results)
  );

endmodule
