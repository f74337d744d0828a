// Expands an AES key (FIPS-197 5.2) into the 15 words of a key slot.
//
// start_i takes key_i (first byte in bits 255:248; shorter keys on top) unless busy_o. Words leave
// in ascending order with kw_valid_o: word 0 is the whitening key, words (14-Nr+1) to 14 the round
// keys 1 to Nr, the others zero. done_o is a pulse DoneCycles after the last word, so that a block
// of the slot may enter a lane in the same cycle, even if the words are registered on their way.
// Cycles depend on the key's length only: from start_i to the last word 61, 55 and 49 for 256, 192
// and 128 bits with the table S-box, 5 more per SubWord with the composite one (126, 95, 99).
// The key is wiped from this module when done_o comes.

module key_expand
  import aes_pkg::*;
#(
  parameter int unsigned SboxArch = SboxTable
) (
  input  logic         clk_i,
  input  logic         rst_ni,

  input  logic         start_i,
  input  logic [1:0]   key_len_i,  // KeyLen*
  input  logic [255:0] key_i,

  output logic         kw_valid_o,
  output logic [3:0]   kw_round_o,
  output logic [127:0] kw_data_o,
  output logic         busy_o,
  output logic         done_o
);

  localparam int unsigned SubCycles = (SboxArch == SboxTable) ? 0 : 5;
  localparam int unsigned EnW = SubCycles > 0 ? SubCycles : 1;
  localparam int unsigned DoneCycles = 6;
  localparam int unsigned Words = 8;  // 32-bit words of the longest key

  typedef enum logic [1:0] {
    StIdle,
    StRun,
    StDrain
  } state_e;

  state_e      state_q;
  logic [1:0]  key_len_q;
  logic [31:0] window_q [Words];  // the last words, the newest at index 7
  logic [95:0] parts_q;           // words of the key word that is not complete yet
  logic [5:0]  index_q;           // of the next 32-bit word
  logic [2:0]  phase_q;           // index_q modulo the key's length
  logic [7:0]  rcon_q;
  logic [2:0]  zeros_q;           // zero words still to come
  logic [2:0]  wait_q;
  logic [3:0]  round_q;

  // Of the key's length: its 32-bit words, and the index of the last word of the expansion.
  logic [3:0] key_words;
  logic [5:0] index_last;
  always_comb begin
    unique case (key_len_q)
      KeyLen128: {key_words, index_last} = {4'd4, 6'd43};
      KeyLen192: {key_words, index_last} = {4'd6, 6'd51};
      default:   {key_words, index_last} = {4'd8, 6'd59};
    endcase
  end

  // The next word.
  logic        own, rotates, substitutes;
  logic [31:0] newest, oldest, sub_in, sub, word;
  logic [63:0] sub_pair;

  assign own         = index_q < 6'(key_words);
  assign rotates     = phase_q == '0;
  assign substitutes = !own && (rotates || (key_words == 4'd8 && phase_q == 3'd4));
  assign newest      = window_q[Words-1];
  assign oldest      = window_q[3'(4'd8 - key_words)];
  assign sub_in      = rotates ? {newest[23:0], newest[31:24]} : newest;
  assign sub         = sub_pair[63:32] ^ (rotates ? {rcon_q, 24'b0} : '0);

  sub_bytes #(
    .SboxArch(SboxArch),
    .Regs(SubCycles)
  ) u_sub (
    .clk_i,
    .en_i({EnW{busy_o}}),
    .data_i({sub_in, 32'b0}),
    .key_i('0),
    .data_o(sub_pair)
  );

  always_comb begin
    word = oldest;
    if (substitutes) word = oldest ^ sub;
    else if (!own) word = oldest ^ newest;
  end

  // In a cycle of StRun: a zero word, a cycle of SubWord, or the next word.
  logic zero, take, emit, last;
  assign zero = state_q == StRun && index_q == 6'd4 && zeros_q != '0;
  assign take = state_q == StRun && !zero && !(substitutes && wait_q != 3'(SubCycles));
  assign emit = zero || (take && index_q[1:0] == 2'd3);
  assign last = take && index_q == index_last;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q   <= StIdle;
      key_len_q <= '0;
      index_q   <= '0;
      phase_q   <= '0;
      rcon_q    <= '0;
      zeros_q   <= '0;
      wait_q    <= '0;
      round_q   <= '0;
    end else begin
      unique case (state_q)
        StIdle: begin
          if (start_i) begin
            state_q   <= StRun;
            key_len_q <= key_len_i;
            index_q   <= '0;
            phase_q   <= '0;
            rcon_q    <= 8'h01;
            zeros_q   <= key_len_i == KeyLen128 ? 3'd4 : key_len_i == KeyLen192 ? 3'd2 : 3'd0;
            round_q   <= '0;
          end
          wait_q <= '0;
        end
        StRun: begin
          if (emit) round_q <= round_q + 4'd1;
          if (zero) zeros_q <= zeros_q - 3'd1;
          if (take) begin
            index_q <= index_q + 6'd1;
            phase_q <= 4'(phase_q) == key_words - 4'd1 ? '0 : phase_q + 3'd1;
            if (substitutes && rotates) rcon_q <= {rcon_q[6:0], 1'b0} ^ (rcon_q[7] ? 8'h1b : '0);
          end
          wait_q <= (take || zero || !substitutes) ? '0 : wait_q + 3'd1;
          if (last) state_q <= StDrain;
        end
        StDrain: begin
          wait_q <= wait_q + 3'd1;
          if (done_o) state_q <= StIdle;
        end
        default: state_q <= StIdle;
      endcase
    end
  end

  // The last word leaves in the first cycle of StDrain.
  assign busy_o = state_q != StIdle;
  assign done_o = state_q == StDrain && wait_q == 3'(DoneCycles);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) kw_valid_o <= 1'b0;
    else         kw_valid_o <= emit;
  end

  always_ff @(posedge clk_i) begin
    if (emit) begin
      kw_round_o <= round_q;
      kw_data_o  <= zero ? '0 : {parts_q, word};
    end else if (done_o) begin
      kw_data_o  <= '0;
    end
    if (take) parts_q <= {parts_q[63:0], word};
    else if (done_o) parts_q <= '0;
  end

  always_ff @(posedge clk_i) begin
    if (state_q == StIdle && start_i) begin
      // The key's words end at the newest.
      for (int unsigned i = 0; i < Words; i++) begin
        unique case (key_len_i)
          KeyLen128: window_q[i] <= key_i[32*(11-i)%256+:32];
          KeyLen192: window_q[i] <= key_i[32*(9-i)%256+:32];
          default:   window_q[i] <= key_i[32*(7-i)+:32];
        endcase
      end
    end else if (take) begin
      for (int unsigned i = 0; i < Words - 1; i++) window_q[i] <= window_q[i+1];
      window_q[Words-1] <= word;
    end else if (done_o) begin
      for (int unsigned i = 0; i < Words; i++) window_q[i] <= '0;
    end
  end

  logic unused_pair;
  assign unused_pair = ^sub_pair[31:0];

endmodule
