// Runs the threads: two per message, one for each prime; a public operation is one thread. Each
// thread has a step and issues its product when the result of the one before it has left the
// array. Threads are served in turn. Neither steps nor times depend on data or private exponents.

module rsa_sequencer
  import rsa_pkg::*;
#(
  parameter  int unsigned NumPe = 61,
  parameter  int unsigned DigitW = 17,
  parameter  int unsigned WordW = 26,
  parameter  int unsigned Msgs = 4,
  parameter  int unsigned MaxPass = 4,
  localparam int unsigned Threads = 2 * Msgs,
  localparam int unsigned ThreadW = $clog2(Threads)
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,

  // Starts an operation of an idle message.
  input  logic                  start_i,
  input  logic                  public_i,
  input  logic [ThreadW-2:0]    msg_i,
  input  logic [BitsW-1:0]      bits_i,       // of the modulus
  input  logic [PublicW-1:0]    exponent_i,   // public, at least 2
  output logic [Threads-1:0]    active_o,

  // Window of the exponent of a thread; one cycle later.
  output logic [ThreadW-1:0]    window_thread_o,
  output logic [BitsW-1:0]      window_index_o,
  input  logic [WindowW-1:0]    window_i,

  output logic                  slot_valid_o,
  input  logic                  slot_ready_i,
  output slot_t                 slot_o,
  output dest_t                 dest_o
);

  // From a product's first cycle to that of the next of its thread.
  localparam int unsigned Turn = NumPe * ElementCycles + FeedCycles + 1;
  // Of these, cycles from the choice of a thread to its product.
  localparam int unsigned ChoiceCycles = 4;
  localparam int unsigned CoolW = $clog2(Turn + 1);
  localparam int unsigned Recip = ((1 << 20) + WordW - 1) / WordW;

  typedef enum logic [1:0] {
    Choose,
    Read,
    Form,
    Offer
  } stage_e;

  // Of a message.
  logic [WordIndexW-1:0] half_words_q [Msgs];
  logic [WordIndexW-1:0] full_words_q [Msgs];
  logic [PassW-1:0]      half_last_q [Msgs];   // last pass
  logic [PassW-1:0]      full_last_q [Msgs];
  logic [BitsW-1:0]      windows_q [Msgs];
  logic [PublicW-1:0]    exponent_q [Msgs];
  // Of a thread.
  logic [Threads-1:0]    active_q, offered_q, ready;
  step_e                 step_q [Threads];
  logic [PassW-1:0]      pass_q [Threads];
  logic [BitsW-1:0]      count_q [Threads];    // windows, powers, or bits still to come
  logic [1:0]            square_q [Threads];
  logic [CoolW-1:0]      cool_q [Threads];

  stage_e                stage_q;
  logic [ThreadW-1:0]    thread_q, choice;
  logic [ThreadW-2:0]    msg;
  logic                  half;

  function automatic logic [WordIndexW-1:0] words(logic [BitsW-1:0] bits);
    logic [31:0] product;
    product = (32'(bits) + 32'(3 + WordW - 1)) * 32'(Recip);
    return WordIndexW'(product >> 20);
  endfunction

  function automatic logic [PassW-1:0] last_pass(logic [BitsW-1:0] bits);
    logic [PassW-1:0] count;
    count = '0;
    for (int unsigned p = 1; p < MaxPass; p++) begin
      if (32'(bits) + 32'd4 > p * NumPe * DigitW) count = PassW'(p);
    end
    return count;
  endfunction

  function automatic logic [BitsW-1:0] top_bit(logic [PublicW-1:0] value);
    logic [BitsW-1:0] top;
    top = '0;
    for (int unsigned i = 0; i < PublicW; i++) if (value[i]) top = BitsW'(i);
    return top;
  endfunction

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      half_words_q[msg_i] <= words(bits_i >> 1);
      full_words_q[msg_i] <= words(bits_i);
      half_last_q[msg_i]  <= last_pass(bits_i >> 1);
      full_last_q[msg_i]  <= last_pass(bits_i);
      windows_q[msg_i]    <= bits_i >> (1 + $clog2(WindowW));
      exponent_q[msg_i]   <= exponent_i;
    end
  end

  // Choice: the next ready thread behind the last.
  always_comb begin
    for (int unsigned t = 0; t < Threads; t++) begin
      ready[t] = active_q[t] && !offered_q[t] && cool_q[t] == '0;
    end
    // p takes what q has left behind.
    for (int unsigned m = 0; m < Msgs; m++) begin
      if (step_q[2*m+1] == StepMinus && (active_q[2*m] || cool_q[2*m] != '0)) ready[2*m+1] = 1'b0;
    end
    choice = thread_q;
    for (int unsigned i = Threads; i > 0; i--) begin
      if (ready[thread_q+ThreadW'(i)]) choice = thread_q + ThreadW'(i);
    end
  end

  assign msg             = thread_q[ThreadW-1:1];
  assign half            = thread_q[0];
  assign active_o        = active_q;
  assign window_thread_o = thread_q;
  assign window_index_o  = count_q[thread_q];

  // The step of the chosen thread, and the one behind it.
  step_e                 step, step_d;
  logic                  last, ends;
  logic [BitsW-1:0]      count, count_d;
  logic [1:0]            square_d;
  logic [WindowW-1:0]    entry;
  slot_t                 slot;
  dest_t                 dest;

  assign step  = step_q[thread_q];
  assign count = count_q[thread_q];
  assign last  = pass_q[thread_q] == (is_full(step) ? full_last_q[msg] : half_last_q[msg]);

  always_comb begin
    entry = '0;
    if (step == StepLow) entry = WindowW'(1);
    if (step == StepTable) entry = count[WindowW-1:0];
  end

  rsa_step u_step (
    .step_i(step),
    .msg_i(MsgIndexW'(msg)),
    .half_i(half),
    .pass_i(pass_q[thread_q]),
    .last_pass_i(last),
    .first_i(square_q[thread_q] == '0),
    .entry_i(entry),
    .window_i(window_i),
    .half_words_i(half_words_q[msg]),
    .full_words_i(full_words_q[msg]),
    .slot_o(slot),
    .dest_o(dest)
  );

  always_comb begin
    step_d   = step;
    count_d  = count;
    square_d = square_q[thread_q];
    ends     = 1'b0;
    unique case (step)
      StepHigh: step_d = StepLow;
      StepLow: begin
        step_d  = StepTable;
        count_d = BitsW'(2);
      end
      StepTable: begin
        count_d = count + 1'b1;
        if (count == BitsW'(TableEntries - 1)) step_d = StepOne;
      end
      StepOne: begin
        step_d   = StepSquare;
        count_d  = windows_q[msg] - 1'b1;
        square_d = '0;
      end
      StepSquare: begin
        square_d = square_q[thread_q] + 1'b1;
        if (square_q[thread_q] == 2'(WindowW - 1)) step_d = StepWindow;
      end
      StepWindow: begin
        count_d = count - 1'b1;
        step_d  = StepSquare;
        if (count == '0) step_d = half ? StepMinus : StepExit;
      end
      StepMinus: step_d = StepH;
      StepH:     step_d = StepLift;
      StepLift:  step_d = StepJoin;
      StepEnter: begin
        step_d   = StepPubSquare;
        count_d  = count - 1'b1;
        square_d = '0;
      end
      StepPubSquare, StepPubTimes: begin
        square_d = 2'd1;
        if (step == StepPubSquare && exponent_q[msg][count[5:0]]) begin
          step_d = StepPubTimes;
        end else begin
          step_d  = (count == '0) ? StepPubExit : StepPubSquare;
          count_d = count - 1'b1;
        end
      end
      StepExit, StepJoin, StepPubExit: ends = 1'b1;
      default: ends = 1'b1;
    endcase
  end

  // The product on offer is its thread's last.
  logic ended_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) ended_q <= 1'b0;
    else if (stage_q == Form) ended_q <= ends && last;
  end

  assign slot_valid_o = stage_q == Offer;

  always_ff @(posedge clk_i) begin
    if (stage_q == Form) begin
      slot_o <= slot;
      dest_o <= dest;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      stage_q   <= Choose;
      thread_q  <= '0;
      active_q  <= '0;
      offered_q <= '0;
      for (int unsigned t = 0; t < Threads; t++) begin
        step_q[t]   <= StepHigh;
        pass_q[t]   <= '0;
        count_q[t]  <= '0;
        square_q[t] <= '0;
        cool_q[t]   <= '0;
      end
    end else begin
      for (int unsigned t = 0; t < Threads; t++) begin
        if (cool_q[t] != '0) cool_q[t] <= cool_q[t] - 1'b1;
      end
      unique case (stage_q)
        Choose: begin
          if (ready != '0) begin
            thread_q <= choice;
            stage_q  <= Read;
          end
        end
        Read: stage_q <= Form;
        Form: begin
          stage_q             <= Offer;
          offered_q[thread_q] <= 1'b1;
          pass_q[thread_q]    <= last ? '0 : pass_q[thread_q] + 1'b1;
          if (last) begin
            step_q[thread_q]   <= step_d;
            count_q[thread_q]  <= count_d;
            square_q[thread_q] <= square_d;
          end
        end
        Offer: begin
          if (slot_ready_i) begin
            stage_q             <= Choose;
            offered_q[thread_q] <= 1'b0;
            cool_q[thread_q]    <= CoolW'(Turn - ChoiceCycles);
            if (ended_q) active_q[thread_q] <= 1'b0;
          end
        end
        default: stage_q <= Choose;
      endcase
      if (start_i) begin
        active_q[{msg_i, 1'b0}] <= !public_i;
        active_q[{msg_i, 1'b1}] <= 1'b1;
        step_q[{msg_i, 1'b0}]   <= StepHigh;
        step_q[{msg_i, 1'b1}]   <= public_i ? StepEnter : StepHigh;
        count_q[{msg_i, 1'b1}]  <= top_bit(exponent_i);
      end
    end
  end

endmodule
