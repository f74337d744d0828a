// Feeds the array: from a slot to the words of A, B, C and N at the first element.
//
// A slot is taken with slot_ready_o and lasts words + SlotExtra cycles, then the next may follow
// without a gap. f counts its cycles from 0. Word j of A is addressed at f = j, of B at j + 2, of
// C at j + 3, of N at j + 5, so a product can follow the one whose result it takes as soon as that
// result's first word is in memory.
//
// A later pass of a long product takes the digits behind those of the passes before: they begin
// within a word, so words of A are shifted; where is a constant of the pass.

module rsa_feed
  import rsa_pkg::*;
#(
  parameter int unsigned NumPe = 61,
  parameter int unsigned DigitW = 17,
  parameter int unsigned WordW = 26,
  parameter int unsigned MaxPass = 4
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,

  input  logic                    slot_valid_i,
  output logic                    slot_ready_o,
  input  slot_t                   slot_i,
  input  logic [DigitW-1:0]       inverse_i,   // -1/N mod 2^DigitW

  // Addresses: words of a value. Data comes one cycle later.
  output slot_t                   a_slot_o,
  output logic [WordIndexW-1:0]   a_index_o,
  input  logic [WordW-1:0]        a_message_i,
  input  logic [WordW-1:0]        a_work_i,
  input  logic [WordW-1:0]        a_table_i,
  output logic [TableEntries-1:0] select_o,    // with a_table_i
  output slot_t                   b_slot_o,
  output logic [WordIndexW-1:0]   b_index_o,
  input  logic [WordW-1:0]        b_work_i,
  input  logic [WordW-1:0]        b_key_i,
  output slot_t                   c_slot_o,
  output logic [WordIndexW-1:0]   c_index_o,
  input  logic [WordW-1:0]        c_work_i,
  input  logic [WordW-1:0]        c_spill_i,
  output slot_t                   n_slot_o,
  output logic [WordIndexW-1:0]   n_index_o,
  input  logic [WordW-1:0]        n_modulus_i,

  // The first element.
  output logic                    start_o,
  output logic                    word_o,
  output logic [WordW-1:0]        s_o,
  output logic [WordW-1:0]        b_o,
  output logic [WordW-1:0]        n_o,
  output logic                    a_valid_o,
  output logic [WordIndexW-1:0]   a_number_o,
  output logic [WordW-1:0]        a_o
);

  localparam int unsigned Delay = 7;
  localparam int unsigned OffW = $clog2(WordW);

  logic                  busy_q, last, take;
  slot_t                 slot_q;
  logic [DigitW-1:0]     inverse_q;
  logic [WordIndexW-1:0] f_q;

  assign last         = f_q == slot_q.words + WordIndexW'(SlotExtra - 1);
  assign slot_ready_o = !busy_q || last;
  assign take         = slot_valid_i && slot_ready_o;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_q <= 1'b0;
      f_q    <= '0;
    end else begin
      if (slot_ready_o) busy_q <= slot_valid_i;
      f_q <= take ? '0 : f_q + 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (take) begin
      slot_q    <= slot_i;
      inverse_q <= inverse_i;
    end
  end

  // Behind the counter: what was f and its slot some cycles ago.
  logic [Delay:0]        busy;
  logic [WordIndexW-1:0] f [Delay+1];
  slot_t                 slot [Delay+1];
  logic [Delay:1]        busy_dq;
  logic [WordIndexW-1:0] f_dq [Delay+1];
  slot_t                 slot_dq [Delay+1];

  assign busy = {busy_dq, busy_q};
  always_comb begin
    f       = f_dq;
    slot    = slot_dq;
    f[0]    = f_q;
    slot[0] = slot_q;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) busy_dq <= '0;
    else         busy_dq <= busy[Delay-1:0];
  end
  always_ff @(posedge clk_i) begin
    for (int unsigned d = 1; d <= Delay; d++) begin
      f_dq[d]    <= f[d-1];
      slot_dq[d] <= slot[d-1];
    end
  end

  // A.
  logic [WordIndexW-1:0] base;
  logic [OffW-1:0]       off, off1_q, off2_q;
  logic                  a_inside, a_inside_q, a_one_q;
  logic [WordW-1:0]      a_word, a_word_q, a_before_q;

  always_comb begin
    base = '0;
    off  = '0;
    for (int unsigned p = 0; p < MaxPass; p++) begin
      if (slot_q.pass == PassW'(p)) begin
        base = WordIndexW'(NumPe * DigitW * p / WordW);
        off  = OffW'(NumPe * DigitW * p % WordW);
      end
    end
  end

  assign a_slot_o  = slot_q;
  assign a_index_o = base + f_q;
  assign a_inside  = a_index_o < slot_q.a_words && busy_q;
  assign select_o  = slot[1].select;

  always_comb begin
    a_word = '0;
    unique case (slot[1].a_from)
      FromMessage: a_word = a_message_i;
      FromWork:    a_word = a_work_i;
      FromTable:   a_word = a_table_i;
      FromOne:     a_word = WordW'(a_one_q);
      default:     a_word = '0;
    endcase
    if (!a_inside_q) a_word = '0;
  end

  always_ff @(posedge clk_i) begin
    a_inside_q <= a_inside;
    a_one_q    <= a_index_o == '0;
    off1_q     <= off;
    off2_q     <= off1_q;
    a_word_q   <= a_word;
    a_before_q <= a_word_q;
    a_number_o <= f[2] - 1'b1;
    a_o        <= WordW'({a_word_q, a_before_q} >> off2_q);
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) a_valid_o <= 1'b0;
    else         a_valid_o <= busy[2] && f[2] != '0;
  end

  // B: words, and for the quotient the first one times the inverse.
  logic [WordW-1:0]  b0_q, b1_q, b2_q, b3_q;
  logic [DigitW-1:0] scaled_q;

  assign b_slot_o  = slot[2];
  assign b_index_o = f[2];
  always_ff @(posedge clk_i) begin
    b0_q     <= slot[3].b_key ? b_key_i : b_work_i;
    scaled_q <= b0_q[DigitW-1:0] * inverse_q;
    b1_q     <= b0_q;
    b2_q     <= b1_q;
    b3_q     <= b2_q;
    b_o      <= (f_q == WordIndexW'(FeedCycles - 1)) ? WordW'(scaled_q) : b3_q;
  end

  // C: zeros behind the last word.
  logic [WordW-1:0] c_word, c_q;
  logic             c_inside_q;

  assign c_slot_o  = slot[3];
  assign c_index_o = f[3];
  always_comb begin
    c_word = '0;
    unique case (slot[4].c_from)
      AddNothing: c_word = '0;
      AddWork:    c_word = c_work_i;
      AddSpill:   c_word = c_spill_i;
      default:    c_word = '0;
    endcase
    if (!c_inside_q) c_word = '0;
  end
  always_ff @(posedge clk_i) begin
    c_inside_q <= busy[3] && f[3] < slot[3].words;
    c_q        <= c_word;
    s_o        <= c_q;
  end

  // N: the inverse, an idle word, the words.
  logic [WordW-1:0] n_q;

  assign n_slot_o  = slot[5];
  assign n_index_o = f[5];
  always_ff @(posedge clk_i) begin
    n_q <= n_modulus_i;
    n_o <= (f_q == WordIndexW'(FeedCycles - 1)) ? WordW'(inverse_q) : n_q;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      start_o <= 1'b0;
      word_o  <= 1'b0;
    end else begin
      start_o <= busy_q && f_q == WordIndexW'(FeedCycles - 2);
      word_o  <= busy[7] && f[7] < slot[7].words;
    end
  end

endmodule
