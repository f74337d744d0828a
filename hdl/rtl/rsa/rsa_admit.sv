// What the engine takes.
//
// A command names a message that is idle, a size that is a multiple of SizeStep, of at least
// HalfWordsMin words a half and at most 2 MaxHalfBits, and a public exponent of at least two bits.
// A load has a cell of its memory and an index within it; only cells of full values have two
// halves.

module rsa_admit
  import rsa_pkg::*;
#(
  parameter  int unsigned WordW = 26,
  parameter  int unsigned Msgs = 4,
  parameter  int unsigned MaxHalfBits = 2048,
  localparam int unsigned MsgW = $clog2(Msgs)
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,

  input  logic [Msgs-1:0]       wiping_i,
  input  logic                  done_i,         // the last word of a result leaves
  input  logic [MsgW-1:0]       done_msg_i,
  output logic [Msgs-1:0]       busy_o,

  input  logic                  load_valid_i,
  output logic                  load_ready_o,
  input  load_e                 load_to_i,
  input  logic [MsgW-1:0]       load_msg_i,
  input  logic [3:0]            load_cell_i,
  input  logic [WordIndexW-1:0] load_index_i,
  output logic                  load_o,         // it has a place

  input  logic                  cmd_valid_i,
  input  cmd_e                  cmd_i,
  input  logic [MsgW-1:0]       cmd_msg_i,
  input  logic [BitsW-1:0]      cmd_bits_i,
  input  logic [PublicW-1:0]    cmd_exponent_i,
  output logic                  start_o,
  output logic                  wipe_o,
  output logic                  answer_valid_o, // one cycle later
  output answer_e               answer_o
);

  // Bits of the shortest half, so that it has HalfWordsMin words.
  localparam int unsigned HalfBitsMin = (HalfWordsMin - 1) * WordW - 3 + 1;
  localparam int unsigned CellW = $clog2((MaxHalfBits + 3 + WordW - 1) / WordW);

  logic [Msgs-1:0] works_q, bad_load_q;
  logic            is_size, load, fits;
  answer_e         answer;

  assign busy_o       = works_q | wiping_i;
  assign load_ready_o = !busy_o[load_msg_i] && wiping_i == '0;
  assign load         = load_valid_i && load_ready_o;
  assign load_o       = load && fits;
  assign start_o      = cmd_valid_i && answer == AnswerTaken && cmd_i != CmdZeroise;
  assign wipe_o       = cmd_valid_i && answer == AnswerTaken && cmd_i == CmdZeroise;

  always_ff @(posedge clk_i) if (cmd_valid_i) answer_o <= answer;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      works_q        <= '0;
      bad_load_q     <= '0;
      answer_valid_o <= 1'b0;
    end else begin
      answer_valid_o <= cmd_valid_i;
      if (load && !fits) bad_load_q[load_msg_i] <= 1'b1;
      if (wipe_o) bad_load_q[cmd_msg_i] <= 1'b0;
      if (done_i) works_q[done_msg_i] <= 1'b0;
      if (start_o) works_q[cmd_msg_i] <= 1'b1;
    end
  end

  assign is_size = cmd_bits_i % BitsW'(SizeStep) == '0 && cmd_bits_i >= BitsW'(2 * HalfBitsMin) &&
      cmd_bits_i <= BitsW'(2 * MaxHalfBits);

  always_comb begin
    answer = AnswerTaken;
    unique case (cmd_i)
      CmdPrivate, CmdPublic: begin
        if (bad_load_q[cmd_msg_i]) answer = AnswerLoad;
        if (cmd_i == CmdPublic && cmd_exponent_i < PublicW'(2)) answer = AnswerExponent;
        if (!is_size) answer = AnswerSize;
      end
      CmdZeroise: ;
      default:    answer = AnswerCommand;
    endcase
    if (busy_o[cmd_msg_i]) answer = AnswerBusy;
  end

  logic is_cell, is_full_cell;

  always_comb begin
    is_cell      = 1'b0;
    is_full_cell = 1'b0;
    fits  = 1'b0;
    unique case (load_to_i)
      LoadMessage: begin
        is_cell      = load_cell_i[3:1] == '0;
        is_full_cell = load_cell_i == {3'b0, MessageLow};
      end
      LoadKey: begin
        is_cell      = load_cell_i < KeyOther + 4'd2;
        is_full_cell = load_cell_i == KeySquareN || load_cell_i == KeyOther;
      end
      LoadModulus, LoadInverse: begin
        is_cell      = load_cell_i[3:2] == '0;
        is_full_cell = load_to_i == LoadModulus && load_cell_i == {2'b0, ModulusN};
      end
      LoadExponent: is_cell = load_cell_i[3:1] == '0;
      default: ;
    endcase
    unique case (load_to_i)
      LoadMessage, LoadKey, LoadModulus: begin
        fits = is_cell && 32'(load_index_i) >> (CellW + 32'(is_full_cell)) == '0;
      end
      LoadInverse:  fits = is_cell && load_index_i == '0;
      LoadExponent: fits = is_cell && 32'(load_index_i) < MaxHalfBits / 16;
      default: ;
    endcase
  end

endmodule
