// The RSA engine: modular exponentiation by Montgomery products on a systolic array.
//
// Msgs messages are in flight, each with its own key. While a message is idle (not busy_o) its
// operands are loaded, in words of WordW bits; then a command starts it. A private operation takes
// the Chinese remainder theorem's parts and recombines them; its cycles depend on the modulus'
// size alone. A public one takes the exponent with the command. Results come out by themselves.
// Nothing reads an operand back. Zeroise wipes a message's memories, reset all of them.
//
// load_ready_o is low for a busy message. A command is taken or refused in the cycle in which it
// comes, and answered in the next; rsa_admit says what is taken. Every command that was taken,
// other than zeroise, gives a result. A load without a place changes nothing, and its message takes
// no command until it is zeroised.

module rsa_engine
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

  input  logic                  load_valid_i,
  output logic                  load_ready_o,
  input  load_e                 load_to_i,
  input  logic [MsgW-1:0]       load_msg_i,
  input  logic [3:0]            load_cell_i,
  input  logic [WordIndexW-1:0] load_index_i,
  input  logic [LoadW-1:0]      load_data_i,

  input  logic                  cmd_valid_i,
  input  cmd_e                  cmd_i,
  input  logic [MsgW-1:0]       cmd_msg_i,
  input  logic [BitsW-1:0]      cmd_bits_i,      // of the modulus
  input  logic [PublicW-1:0]    cmd_exponent_i,  // public, at least 2
  output logic                  answer_valid_o,
  output answer_e               answer_o,

  output logic [Msgs-1:0]       busy_o,
  output logic                  out_valid_o,
  input  logic                  out_ready_i,
  output logic [MsgW-1:0]       out_msg_o,
  output logic [WordW-1:0]      out_data_o,
  output logic                  out_last_o,

  // Since reset: cycles with an operation under way; of these, cycles in which an element's
  // multipliers take words of operands; products, counted by passes; results.
  output logic [47:0]           count_cycles_o,
  output logic [47:0]           count_words_o,
  output logic [47:0]           count_passes_o,
  output logic [47:0]           count_results_o
);
  /*verilator no_inline_module*/

  localparam int unsigned PassBits = NumPe * DigitW;
  localparam int unsigned MaxPass = (2 * MaxHalfBits + 4 + PassBits - 1) / PassBits;
  localparam int unsigned Threads = 2 * Msgs;

  logic [Msgs-1:0]         wiping;
  logic                    load, start, wipe, done;
  logic [Threads-1:0]      active;
  logic                    slot_valid, slot_ready, take;
  slot_t                   slot, a_slot, b_slot, c_slot, n_slot;
  dest_t                   dest, write_dest;
  logic [DigitW-1:0]       inverse;
  logic [WordIndexW-1:0]   a_index, b_index, c_index, n_index, write_index, result_index, out_index;
  logic [WordW-1:0]        a_message, a_work, a_table, b_work, b_key, c_work, c_spill, n_modulus;
  logic [TableEntries-1:0] select;
  logic                    head_start, head_word, head_a_valid, tail_start;
  logic [WordIndexW-1:0]   head_a_index;
  logic [WordW-1:0]        head_s, head_b, head_n, head_a, tail_s, tail_n;
  logic                    write, result, below;
  logic [WordW-1:0]        write_data, whole, less;
  logic [MsgIndexW-1:0]    result_msg;
  logic [2*WordW-1:0]      out_pair;
  logic [MsgW-1:0]         read_msg;
  logic [MsgW:0]           window_thread;
  logic [BitsW-1:0]        window_index;
  logic [WindowW-1:0]      window;
  logic                    unused_msg;

  assign take       = slot_valid && slot_ready;
  assign unused_msg = ^result_msg;

  rsa_admit #(
    .WordW(WordW),
    .Msgs(Msgs),
    .MaxHalfBits(MaxHalfBits)
  ) u_admit (
    .wiping_i(wiping),
    .done_i(out_valid_o && out_ready_i && out_last_o),
    .done_msg_i(out_msg_o),
    .load_o(load),
    .start_o(start),
    .wipe_o(wipe),
    .*
  );

  rsa_sequencer #(
    .NumPe(NumPe),
    .DigitW(DigitW),
    .WordW(WordW),
    .Msgs(Msgs),
    .MaxPass(MaxPass)
  ) u_sequencer (
    .clk_i,
    .rst_ni,
    .start_i(start),
    .public_i(cmd_i == CmdPublic),
    .msg_i(cmd_msg_i),
    .bits_i(cmd_bits_i),
    .exponent_i(cmd_exponent_i),
    .active_o(active),
    .window_thread_o(window_thread),
    .window_index_o(window_index),
    .window_i(window),
    .slot_valid_o(slot_valid),
    .slot_ready_i(slot_ready),
    .slot_o(slot),
    .dest_o(dest)
  );

  rsa_feed #(
    .NumPe(NumPe),
    .DigitW(DigitW),
    .WordW(WordW),
    .MaxPass(MaxPass)
  ) u_feed (
    .clk_i,
    .rst_ni,
    .slot_valid_i(slot_valid),
    .slot_ready_o(slot_ready),
    .slot_i(slot),
    .inverse_i(inverse),
    .a_slot_o(a_slot),
    .a_index_o(a_index),
    .a_message_i(a_message),
    .a_work_i(a_work),
    .a_table_i(a_table),
    .select_o(select),
    .b_slot_o(b_slot),
    .b_index_o(b_index),
    .b_work_i(b_work),
    .b_key_i(b_key),
    .c_slot_o(c_slot),
    .c_index_o(c_index),
    .c_work_i(c_work),
    .c_spill_i(c_spill),
    .n_slot_o(n_slot),
    .n_index_o(n_index),
    .n_modulus_i(n_modulus),
    .start_o(head_start),
    .word_o(head_word),
    .s_o(head_s),
    .b_o(head_b),
    .n_o(head_n),
    .a_valid_o(head_a_valid),
    .a_number_o(head_a_index),
    .a_o(head_a)
  );

  rsa_array #(
    .NumPe(NumPe),
    .DigitW(DigitW),
    .WordW(WordW),
    .IndexW(WordIndexW)
  ) u_array (
    .clk_i,
    .rst_ni,
    .start_i(head_start),
    .word_i(head_word),
    .s_i(head_s),
    .b_i(head_b),
    .n_i(head_n),
    .a_valid_i(head_a_valid),
    .a_index_i(head_a_index),
    .a_i(head_a),
    .start_o(tail_start),
    .s_o(tail_s),
    .n_o(tail_n)
  );

  rsa_collect #(
    .WordW(WordW),
    .Depth(Threads + 1)
  ) u_collect (
    .clk_i,
    .rst_ni,
    .push_i(take),
    .dest_i(dest),
    .start_i(tail_start),
    .s_i(tail_s),
    .n_i(tail_n),
    .write_o(write),
    .dest_o(write_dest),
    .index_o(write_index),
    .data_o(write_data),
    .result_o(result),
    .last_o(done),
    .result_msg_o(result_msg),
    .result_index_o(result_index),
    .result_whole_o(whole),
    .result_less_o(less),
    .below_o(below)
  );

  rsa_memory #(
    .DigitW(DigitW),
    .WordW(WordW),
    .Msgs(Msgs),
    .MaxHalfBits(MaxHalfBits)
  ) u_memory (
    .clk_i,
    .rst_ni,
    .load_i(load),
    .load_to_i,
    .load_msg_i,
    .load_cell_i,
    .load_index_i,
    .load_data_i,
    .wipe_i(wipe),
    .wipe_msg_i(cmd_msg_i),
    .wipe_busy_o(wiping),
    .a_slot_i(a_slot),
    .a_index_i(a_index),
    .select_i(select),
    .a_message_o(a_message),
    .a_work_o(a_work),
    .a_table_o(a_table),
    .b_slot_i(b_slot),
    .b_index_i(b_index),
    .b_work_o(b_work),
    .b_key_o(b_key),
    .c_slot_i(c_slot),
    .c_index_i(c_index),
    .c_work_o(c_work),
    .c_spill_o(c_spill),
    .n_slot_i(n_slot),
    .n_index_i(n_index),
    .n_modulus_o(n_modulus),
    .inverse_msg_i(slot.msg),
    .inverse_cell_i(slot.n_cell),
    .inverse_o(inverse),
    .window_thread_i(window_thread),
    .window_index_i(window_index),
    .window_o(window),
    .write_i(write),
    .write_dest_i(write_dest),
    .write_index_i(write_index),
    .write_data_i(write_data),
    .result_i(result),
    .result_msg_i(result_msg[MsgW-1:0]),
    .result_index_i(result_index),
    .result_data_i({whole, less}),
    .out_msg_i(read_msg),
    .out_index_i(out_index),
    .out_data_o(out_pair)
  );

  rsa_output #(
    .WordW(WordW),
    .Msgs(Msgs)
  ) u_output (
    .clk_i,
    .rst_ni,
    .done_i(done),
    .done_msg_i(result_msg[MsgW-1:0]),
    .below_i(below),
    .words_i(result_index + 1'b1),
    .read_msg_o(read_msg),
    .read_index_o(out_index),
    .read_data_i(out_pair),
    .valid_o(out_valid_o),
    .ready_i(out_ready_i),
    .msg_o(out_msg_o),
    .data_o(out_data_o),
    .last_o(out_last_o)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      count_cycles_o  <= '0;
      count_words_o   <= '0;
      count_passes_o  <= '0;
      count_results_o <= '0;
    end else begin
      count_cycles_o  <= count_cycles_o + 48'(active != '0);
      count_words_o   <= count_words_o + 48'(head_word);
      count_passes_o  <= count_passes_o + 48'(take);
      count_results_o <= count_results_o + 48'(done);
    end
  end

endmodule
